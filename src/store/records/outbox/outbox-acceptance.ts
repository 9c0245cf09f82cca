import { GatewayError } from '../../../domain/errors.ts';
import type { OutboxRow } from '../../../domain/outbox.ts';
import type { RateState } from '../../../domain/rate.ts';
import { untilApplied } from '../../compare-and-set.ts';
import type { Commit, Key, Store } from '../../contract.ts';
import { isUnconfirmed } from '../../engine/replication-error.ts';
import { sessionKey } from '../../record-kinds.ts';
import { eventAppend } from '../event-log.ts';
import { rateEntry } from '../rate-states.ts';
import { claimEntry, claimKey } from './idempotency.ts';
import { inFlightEntry, inFlightId, inFlightKey, queueEntry, queueKey } from './outbox-queue.ts';
import { findRow, openEntries, statusEvent } from './outbox-rows.ts';

export interface BeginOptions {
  /** The token buckets after the send; null for a send that takes no token. */
  rate: RateState | null;
  /** The fingerprint of the request, for its idempotency key; null for a send that is taken from the queue. */
  fingerprint: string | null;
}

/** See `Outbox.enqueue`. */
export async function enqueue(
  store: Store,
  row: OutboxRow,
  fingerprint: string,
): Promise<'queued' | 'claimed' | 'gone'> {
  const claim = claimOf(row, fingerprint);
  const sets = [...openEntries(row), ...claim.sets, queueEntry(row)];
  const appends = [eventAppend(row.organization, statusEvent(row))];
  const attempt = async () => {
    const session = await sessionCheck(store, row);
    if (session === null) return 'gone';
    const isApplied = await commitQueued(store, row, { checks: [...claim.checks, session], sets, appends });
    if (isApplied) return 'queued';
    return (await isClaimed(store, row)) ? 'claimed' : undefined;
  };
  return untilApplied(attempt, {
    exhausted: () => new Error('a session record changed too often to queue a send'),
  });
}

/**
 * A check that the session's record is unchanged. Deleting a session deletes what exists of it at that time: a send that
 * is accepted later would stay forever, under a new data key. Null when the session is deleted already.
 */
async function sessionCheck(store: Store, row: OutboxRow): Promise<{ key: Key; version: string } | null> {
  const key = sessionKey(row, 'session');
  const entry = await store.get(key);
  return entry === null ? null : { key, version: entry.version };
}

async function isClaimed(store: Store, { organization, idempotency }: OutboxRow): Promise<boolean> {
  return idempotency !== null && (await store.get(claimKey(organization, idempotency))) !== null;
}

/** Whether the commit that queues a send was applied; false for a conflict. */
async function commitQueued(store: Store, row: OutboxRow, commit: Commit): Promise<boolean> {
  try {
    return (await store.commit(commit)).ok;
  } catch (error) {
    // It can be read, and may still be lost with this Redis: it is not accepted, but may be sent.
    if (isUnconfirmed(error)) throw acceptanceUnknown(row, error);
    // A failed commit may still have been applied: only a read proves that nothing was queued.
    const found = await findRow(store, row, row.id).catch((cause: unknown) => {
      throw acceptanceUnknown(row, cause);
    });
    if (found === null) throw error;
    return true;
  }
}

function acceptanceUnknown({ id, waMessageId }: OutboxRow, cause: unknown): GatewayError {
  const message =
    'the store did not answer, so it is unknown whether the message is queued; look it up in the outbox, or retry with the same idempotency key';
  return new GatewayError({ code: 'timeout', message, details: { outboxId: id, waMessageId } }, { cause });
}

/** See `Outbox.begin`. */
export async function begin(
  store: Store,
  row: OutboxRow,
  options: BeginOptions,
): Promise<'begun' | 'claimed' | 'gone'> {
  const isQueued = options.fingerprint === null;
  const attempt = async () => {
    const source = await (isQueued ? queueCheck(store, row) : sessionCheck(store, row));
    if (source === null) return 'gone';
    const { ok } = await store.commit(beginCommit(row, source, options));
    if (ok || (await isInFlight(store, row))) return 'begun';
    if (isQueued) return 'gone';
    return (await isClaimed(store, row)) ? 'claimed' : undefined;
  };
  return untilApplied(attempt, {
    exhausted: () => new Error('a session record changed too often to begin a send'),
  });
}

/** The commit that puts a send in flight; it conflicts when `source`, its queue entry or its session, has changed. */
function beginCommit(row: OutboxRow, source: { key: Key; version: string }, options: BeginOptions): Commit {
  const { rate, fingerprint } = options;
  const claim = fingerprint === null ? { checks: [], sets: [] } : claimOf(row, fingerprint);
  return {
    checks: [{ key: inFlightKey(row), version: null }, ...claim.checks, source],
    sets: [...openEntries(row), ...claim.sets, inFlightEntry(row), ...(rate === null ? [] : [rateEntry(row, rate)])],
    deletes: fingerprint === null ? [source.key] : [],
    appends: [eventAppend(row.organization, statusEvent(row, row.restoredAt !== undefined))],
  };
}

/** Whether the send is in flight already. Throws when another one is. */
async function isInFlight(store: Store, row: OutboxRow): Promise<boolean> {
  const inFlight = await inFlightId(store, row);
  if (inFlight !== null && inFlight !== row.id) throw new Error('another send of this session is in flight');
  return inFlight === row.id;
}

async function queueCheck(store: Store, row: OutboxRow): Promise<{ key: Key; version: string } | null> {
  const key = queueKey(row);
  const entry = await store.get(key);
  return entry === null ? null : { key, version: entry.version };
}

/** The part of a commit that claims the idempotency key of a send, if it has one. */
function claimOf(row: OutboxRow, fingerprint: string): Required<Pick<Commit, 'checks' | 'sets'>> {
  const { organization, session, idempotency, id } = row;
  if (idempotency === null) return { checks: [], sets: [] };
  return {
    checks: [{ key: claimKey(organization, idempotency), version: null }],
    sets: [claimEntry(organization, idempotency, { session, outboxId: id, fingerprint })],
  };
}
