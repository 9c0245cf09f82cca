import type { GatewayEvent } from '../../../domain/event.ts';
import { isGroup } from '../../../domain/jid.ts';
import type { StoredMessage } from '../../../domain/message.ts';
import { isFurther, isSettled, type OutboxRow, type Receipt, recipientOf } from '../../../domain/outbox.ts';
import type { RateState } from '../../../domain/rate.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import { updateEntry } from '../../compare-and-set.ts';
import type { Commit, Entry, Key, SetEntry, Store } from '../../contract.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { type ContactUpdate, contactUpdate } from '../contacts.ts';
import { eventAppend } from '../event-log.ts';
import { messageEntry } from '../messages/messages.ts';
import { rateEntry } from '../rate-states.ts';
import { decodeText } from '../text.ts';
import { claimKey, decodeClaim, settledClaimEntry } from './idempotency.ts';
import { inFlightKey, queueEntry, queueKey } from './outbox-queue.ts';
import {
  decodeRow,
  findRow,
  findRowId,
  openEntries,
  rowEntry,
  rowKey,
  settledEntries,
  statusEvent,
} from './outbox-rows.ts';

/**
 * Records the result of a send that is in flight or queued. The idempotency key of a synchronous one that was certainly not
 * sent is free again. Yields the row with that result; an earlier receipt may have taken the stored one further.
 */
export async function settle(
  store: Store,
  row: OutboxRow,
  message: StoredMessage | null,
  now: number,
): Promise<{ row: OutboxRow; wasQueued: boolean }> {
  const [current = null, queued = null, claim = null] = await store.getMany(entryKeysOf(row));
  const isUnsent = row.mode === 'sync' && row.error?.code === 'query_refused';
  const isFree = isUnsent && (await isClaimOf(row, claim));
  const claims = isUnsent ? [] : await settledClaims(row, claim, now);
  const inFlight = await unlessUnreadable(row.id, () => (current === null ? null : decodeText(current.value)));
  const wasQueued = row.mode === 'async' && queued !== null;
  const deletes = [
    ...(inFlight === row.id ? [inFlightKey(row)] : []),
    ...(wasQueued ? [queueKey(row)] : []),
    ...(isFree ? claimKeysOf(row) : []),
  ];
  const kept = message === null ? [] : [messageEntry(row, message, now)];
  const settled = await change(
    store,
    row,
    async (stored) => {
      const addressed = await addressedBy(store, row, now);
      const steps = isSettled(stored) ? [] : stepsOf(provenBy(row, stored.early), stored.early);
      const last = steps.at(-1) ?? stored;
      return {
        row: steps[0] ?? stored,
        checks: addressed.checks,
        sets: [...settledEntries(last, now), ...claims, ...kept, ...addressed.sets],
        deletes,
        events: steps.map((step) => statusEvent(step)),
      };
    },
    { ...row, status: 'sending', error: null },
  );
  return { row: settled ?? row, wasQueued };
}

/**
 * What a commit needs to store whom a send went to, and that it was acknowledged; also under the spelling of the number that
 * the request gave.
 */
async function addressedBy(store: Store, row: OutboxRow, now: number): Promise<Pick<ContactUpdate, 'checks' | 'sets'>> {
  const { to } = row;
  const isChat = row.status === 'sent';
  if (isGroup(to) || (row.contact === undefined && !isChat)) return { checks: [], sets: [] };
  const contact = recipientOf(row);
  const isAlias = to !== contact.jid && to !== contact.lid;
  return contactUpdate(store, row, contact, { now, aliases: isAlias ? [to] : [], isChat });
}

/** A send with an unknown outcome was sent if its recipient has confirmed it. */
function provenBy(row: OutboxRow, early: OutboxRow['early']): OutboxRow {
  if (early === null || row.error?.code !== 'unknown_outcome') return row;
  return { ...row, status: 'sent', timestamp: early.timestamp, error: null };
}

/** The result of a send, followed by what its recipient confirmed earlier. */
function stepsOf(row: OutboxRow, early: OutboxRow['early']): OutboxRow[] {
  if (early === null || !isFurther(early.status, row.status)) return [row];
  return [row, { ...row, ...early }];
}

/** Stores another attempt of a send in flight, unless it is settled or a receipt proves that it arrived. */
export async function resume(store: Store, row: OutboxRow, rate: RateState): Promise<OutboxRow> {
  const resumed = await change(store, row, (stored) => {
    if (isSettled(stored) || stored.early !== null) return null;
    return { row, sets: [...openEntries(row), rateEntry(row, rate)], events: [statusEvent(row, true)] };
  });
  const stored = resumed ?? (await findRow(store, row, row.id));
  if (stored === null) throw new Error('a send in flight is gone');
  return stored;
}

/** Puts a send that is in flight, and certainly not sent, back to its place in the queue. Yields the row as it is then. */
export async function putBack(store: Store, row: OutboxRow, now: number): Promise<OutboxRow> {
  const current = await store.get(inFlightKey(row));
  const isInFlight = current !== null && decodeText(current.value) === row.id;
  const queued: OutboxRow = { ...row, status: 'queued', timestamp: now, attempts: 0 };
  const result = await change(store, row, (stored) => {
    if (!isInFlight || isSettled(stored)) return null;
    const sets = [...openEntries(queued), queueEntry(queued)];
    return { row: queued, sets, deletes: [inFlightKey(row)], events: [statusEvent(queued)] };
  });
  return result ?? row;
}

/** Settles a send that is still queued; null when it is not. */
export async function cancel(store: Store, row: OutboxRow, now: number): Promise<OutboxRow | null> {
  const [, queued = null, claim = null] = await store.getMany(entryKeysOf(row));
  if (queued === null) return null;
  const result = await store.commit({
    checks: [{ key: queueKey(row), version: queued.version }],
    sets: [...settledEntries(row, now), ...(await settledClaims(row, claim, now))],
    deletes: [queueKey(row)],
    appends: [eventAppend(row.organization, statusEvent(row))],
  });
  return result.ok ? row : null;
}

/**
 * Records a receipt for a message of ours. One that arrives before WhatsApp's acknowledgement is stored as `early`: the
 * status still waits for the acknowledgement, but the message need not be sent again. Yields the row with the proven
 * status; null when there is nothing new.
 */
export async function receive(
  store: Store,
  address: SessionAddress,
  receipt: Receipt,
  now: number,
): Promise<OutboxRow | null> {
  const { waMessageId, status, timestamp } = receipt;
  const id = await findRowId(store, address, waMessageId);
  if (id === null) return null;
  const changed = await change(store, { ...address, id }, (stored) => {
    if (isSettled(stored)) {
      const row = { ...stored, status, timestamp };
      return isFurther(status, stored.status)
        ? { row, sets: settledEntries(row, now), events: [statusEvent(row)] }
        : null;
    }
    if (stored.early !== null && !isFurther(status, stored.early.status)) return null;
    return { row: stored, sets: [rowEntry({ ...stored, early: { status, timestamp } })], events: [] };
  });
  return changed === null ? null : { ...changed, status, timestamp };
}

/**
 * The claim of a settled send's idempotency key, which then expires after a while. An unreadable claim stays as it is:
 * its key is never free again.
 */
async function settledClaims(row: OutboxRow, entry: Entry | null, now: number): Promise<SetEntry[]> {
  const { organization, idempotency } = row;
  if (idempotency === null || entry === null) return [];
  const claim = await unlessUnreadable(null, () => decodeClaim(entry));
  return claim === null ? [] : [settledClaimEntry(organization, idempotency, claim, now)];
}

/** Whether the claim is that send's: its key may have been freed before, and be another's by now. */
async function isClaimOf({ id }: OutboxRow, entry: Entry | null): Promise<boolean> {
  if (entry === null) return false;
  return (await unlessUnreadable(null, () => decodeClaim(entry)))?.outboxId === id;
}

/** The entries besides its row that an open send may have: in flight, in the queue, and its idempotency key. */
function entryKeysOf(row: OutboxRow): Key[] {
  return [inFlightKey(row), queueKey(row), ...claimKeysOf(row)];
}

function claimKeysOf({ organization, idempotency }: OutboxRow): Key[] {
  return idempotency === null ? [] : [claimKey(organization, idempotency)];
}

interface Change extends Pick<Commit, 'checks' | 'deletes'> {
  row: OutboxRow;
  sets: NonNullable<Commit['sets']>;
  /** Published with it, in order. */
  events: GatewayEvent[];
}

/**
 * Changes the newest row of a send, or the given one in place of an unreadable one. `decide` may run more than once.
 * Yields the row; null if it stayed as it was.
 */
async function change(
  store: Store,
  address: SessionAddress & { id: string },
  decide: (stored: OutboxRow) => Change | null | Promise<Change | null>,
  inPlaceOfUnreadable?: OutboxRow,
): Promise<OutboxRow | null> {
  return updateEntry(
    store,
    rowKey(address, address.id),
    async (entry) => {
      const decided = await decide(await storedRow(entry, inPlaceOfUnreadable));
      if (decided === null) return null;
      const { row, checks = [], sets, deletes = [], events } = decided;
      const appends = events.map((event) => eventAppend(row.organization, event));
      return { result: row, commit: { checks, sets, deletes, appends } };
    },
    { exhausted: () => new Error('an outbox row changed too often to be updated') },
  );
}

async function storedRow(entry: Entry, inPlaceOfUnreadable: OutboxRow | undefined): Promise<OutboxRow> {
  if (inPlaceOfUnreadable === undefined) return decodeRow(entry);
  return unlessUnreadable(inPlaceOfUnreadable, () => decodeRow(entry));
}
