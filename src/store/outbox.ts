import { type Delay, systemDelay } from '../domain/delay.ts';
import { GatewayError } from '../domain/errors.ts';
import type { StoredMessage } from '../domain/message.ts';
import { isSettled, type OutboxRow, type Receipt } from '../domain/outbox.ts';
import type { RateState } from '../domain/rate.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { Commit, Store } from './contract.ts';
import { eventAppend } from './events.ts';
import { type Claim, claimEntry, claimKey, findClaim } from './idempotency.ts';
import {
  countQueued,
  flightEntry,
  flightKey,
  flightOf,
  headOf,
  queueEntry,
  queueKey,
  rowInFlight,
} from './outbox-queue.ts';
import { cancel, receive, resume, settle } from './outbox-results.ts';
import { findRow, findRowId, listRows, openEntries, statusEvent } from './outbox-rows.ts';
import { QueueDepths } from './queue-depths.ts';
import { findRate, rateEntry } from './rates.ts';
import { Settlements } from './settlements.ts';
import { isUnconfirmed } from './unconfirmed.ts';

/** Sends that may be queued for one session, unless another number is given. */
const defaultMaxQueued = 5_000;

/** How often a send is looked for that another process may settle. */
const sharedLookMs = 200;

export interface OutboxOptions {
  /** What waiting for a result takes its time from; real time unless given. */
  delay?: Delay;
  /** Sends that may be queued for one session. */
  maxQueued?: number;
  /** The store as the owners of sessions write to it, when there are other processes; else there are none. */
  owned?: Store;
}

export interface BeginOptions {
  /** What is left in the token buckets; null for what takes no token. */
  rate: RateState | null;
  /** Of what the caller asked, for its idempotency key; null for a send that is taken from the queue. */
  fingerprint: string | null;
}

/**
 * Accepted sends. For each session one at most is in flight: handed to a socket, with its result not recorded. Each
 * step is one commit together with its event, repeatable, and leaves nothing half done.
 */
export interface Outbox {
  find(address: SessionAddress, outboxId: string): Promise<OutboxRow | null>;
  findByMessage(address: SessionAddress, waMessageId: string): Promise<OutboxRow | null>;
  list(address: SessionAddress, page: { after?: string; limit: number }): Promise<OutboxRow[]>;
  /** The send that an idempotency key (its hash) stands for. */
  claim(organization: string, hash: string): Promise<Claim | null>;
  /**
   * Queues a send. `claimed`: its idempotency key is in use; `full`: too many are queued. Nothing is stored then, nor
   * when it rejects, unless with a `timeout`: the store failed, and whether the send is queued is not known.
   */
  enqueue(row: OutboxRow, fingerprint: string): Promise<'queued' | 'claimed' | 'full'>;
  /** The queued send that is next; null when none is queued. */
  head(address: SessionAddress): Promise<OutboxRow | null>;
  /** How many sends are queued. */
  depth(address: SessionAddress): Promise<number>;
  /** Whether there is something to send: in flight or queued. */
  hasBacklog(address: SessionAddress): Promise<boolean>;
  /** The token buckets; null before the first send. */
  rate(address: SessionAddress): Promise<RateState | null>;
  /**
   * Puts a send in flight, takes it off the queue and stores what is left in the buckets. `claimed` as above; `gone`:
   * it was queued and is no more. Rejects when another send of the session is in flight.
   */
  begin(row: OutboxRow, options: BeginOptions): Promise<'begun' | 'claimed' | 'gone'>;
  inFlight(address: SessionAddress): Promise<OutboxRow | null>;
  /**
   * Stores that the send in flight is handed to a socket again, and yields the row. When a receipt for it has come in,
   * or it is settled, nothing is stored: the row as it is then says so.
   */
  resume(row: OutboxRow, rate: RateState): Promise<OutboxRow>;
  /**
   * Stores the result of a send, and yields the row with it; `message` is kept for quoting. A send that is settled
   * already stays as it is.
   */
  settle(row: OutboxRow, message: StoredMessage | null): Promise<OutboxRow>;
  /** Takes a send off the queue and stores it as settled; null when it is not queued any more. */
  cancel(row: OutboxRow): Promise<OutboxRow | null>;
  /** The row once the send is settled, or as it is at the deadline. Null when there is no such send. */
  whenSettled(address: SessionAddress, outboxId: string, timeoutMs: number): Promise<OutboxRow | null>;
  /**
   * Stores that a receipt came in; ignores messages that are not ours and receipts that are old news. Yields the row
   * with the status that is proven now; null when there is nothing new.
   */
  receive(address: SessionAddress, receipt: Receipt): Promise<OutboxRow | null>;
}

export function outbox(store: Store, now: () => number, options: OutboxOptions = {}): Outbox {
  const { delay = systemDelay, maxQueued = defaultMaxQueued, owned = store } = options;
  const writers = owned === store ? 'one' : 'many';
  const depths = new QueueDepths((address) => countQueued(store, address), { writers, now });
  const settlements = new Settlements(delay);
  return {
    find: (address, outboxId) => findRow(store, address, outboxId),
    findByMessage: async (address, waMessageId) => {
      const id = await findRowId(store, address, waMessageId);
      return id === null ? null : findRow(store, address, id);
    },
    list: (address, page) => listRows(store, address, page),
    claim: (organization, hash) => findClaim(store, organization, hash),
    rate: (address) => findRate(store, address),
    head: (address) => headOf(store, address),
    depth: (address) => depths.queuedIn(address),
    hasBacklog: async (address) => ((await rowInFlight(owned, address)) ?? (await headOf(store, address))) !== null,
    enqueue: (row, fingerprint) =>
      depths.enter(row, maxQueued, {
        run: () => enqueue(store, row, fingerprint),
        hasEntered: (result) => result === 'queued',
      }),
    begin: (row, options) =>
      depths.leave(row, {
        run: () => begin(owned, row, options),
        hasLeft: (result) => result === 'begun' && options.fingerprint === null,
      }),
    inFlight: (address) => rowInFlight(owned, address),
    resume: (row, rate) => resume(owned, row, rate),
    settle: async (row, message) => {
      const settled = await depths.leave(row, {
        run: () => settle(owned, row, message, now()),
        hasLeft: ({ wasQueued }) => wasQueued,
      });
      settlements.announce(row.id);
      return settled.row;
    },
    cancel: async (row) => {
      const cancelled = await depths.leave(row, {
        run: () => cancel(store, row, now()),
        hasLeft: (result) => result !== null,
      });
      if (cancelled === null) return null;
      settlements.announce(row.id);
      return cancelled;
    },
    whenSettled: async (address, outboxId, timeoutMs) => {
      // What another process settles is not announced here, and has to be looked for.
      const lookAgainMs = writers === 'one' ? timeoutMs : Math.min(timeoutMs, sharedLookMs);
      for (let leftMs = timeoutMs; ; leftMs -= lookAgainMs) {
        // Waiting begins before looking: a send that is settled in between is not missed.
        const { announced, callOff } = settlements.expect(outboxId, Math.min(leftMs, lookAgainMs));
        try {
          const row = await findRow(store, address, outboxId);
          if (row === null || isSettled(row) || leftMs <= 0) return row;
          await announced;
        } finally {
          callOff();
        }
      }
    },
    receive: (address, receipt) => receive(owned, address, receipt, now()),
  };
}

async function enqueue(store: Store, row: OutboxRow, fingerprint: string): Promise<'queued' | 'claimed'> {
  const claim = claimOf(row, fingerprint);
  const sets = [...openEntries(row), ...claim.sets, queueEntry(row)];
  const appends = [eventAppend(row.organization, statusEvent(row))];
  try {
    const { ok } = await store.commit({ checks: claim.checks, sets, appends });
    return ok ? 'queued' : 'claimed';
  } catch (error) {
    // What can be read may be lost with this Redis: it was not accepted, and may go out.
    if (isUnconfirmed(error)) throw acceptanceUnknown(row, error);
    // A commit that failed may have been applied all the same; whoever says that nothing was queued must have looked.
    const found = await findRow(store, row, row.id).catch((cause: unknown) => {
      throw acceptanceUnknown(row, cause);
    });
    if (found === null) throw error;
    return 'queued';
  }
}

function acceptanceUnknown({ id, waMessageId }: OutboxRow, cause: unknown): GatewayError {
  const message =
    'the store did not answer, so whether the message is queued is not known; look for it in the outbox, or ask again with the same idempotency key';
  return new GatewayError({ code: 'timeout', message, details: { outboxId: id, waMessageId } }, { cause });
}

async function begin(store: Store, row: OutboxRow, { rate, fingerprint }: BeginOptions) {
  const claim = fingerprint === null ? { checks: [], sets: [] } : claimOf(row, fingerprint);
  const queued = fingerprint === null ? await store.get(queueKey(row)) : null;
  if (fingerprint === null && queued === null) return 'gone';
  const result = await store.commit({
    checks: [
      { key: flightKey(row), version: null },
      ...claim.checks,
      ...(queued === null ? [] : [{ key: queueKey(row), version: queued.version }]),
    ],
    sets: [...openEntries(row), ...claim.sets, flightEntry(row), ...(rate === null ? [] : [rateEntry(row, rate)])],
    deletes: queued === null ? [] : [queueKey(row)],
    appends: [eventAppend(row.organization, statusEvent(row, row.restoredAt !== undefined))],
  });
  if (result.ok) return 'begun';
  const inFlight = await flightOf(store, row);
  if (inFlight === row.id) return 'begun';
  if (inFlight !== null) throw new Error('another send of this session is in flight');
  return fingerprint === null ? 'gone' : 'claimed';
}

/** What a commit needs to claim the idempotency key of a send, if it has one. */
function claimOf(row: OutboxRow, fingerprint: string): Required<Pick<Commit, 'checks' | 'sets'>> {
  const { organization, session, idempotency, id } = row;
  if (idempotency === null) return { checks: [], sets: [] };
  return {
    checks: [{ key: claimKey(organization, idempotency), version: null }],
    sets: [claimEntry(organization, idempotency, { session, outboxId: id, fingerprint })],
  };
}
