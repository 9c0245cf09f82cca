import { type ScheduleTimer, systemTimer } from '../../../domain/clock.ts';
import type { StoredMessage } from '../../../domain/message.ts';
import { isSettled, type OutboxRow, type Receipt } from '../../../domain/outbox.ts';
import type { RateState } from '../../../domain/rate.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Store } from '../../contract.ts';
import { findRate } from '../rate-states.ts';
import { type Claim, standingClaim } from './idempotency.ts';
import { type BeginOptions, begin, enqueue } from './outbox-acceptance.ts';
import { type ChatFilter, countQueued, firstTo, headOf, rowInFlight } from './outbox-queue.ts';
import { cancel, putBack, settle } from './outbox-results.ts';
import { resumptions } from './outbox-resumptions.ts';
import { findRow, findRowId, listRows } from './outbox-rows.ts';
import { QueueDepths } from './queue-depths.ts';
import { SettlementWaiters } from './settlement-waiters.ts';

/** Sends that may be queued for one session, unless another number is given. */
const defaultMaxQueued = 5_000;

/** How often a send that another process may settle is read. */
const sharedPollMs = 200;

export interface OutboxOptions {
  /** The timer of waiting for a result. Default: real time. */
  delay?: ScheduleTimer;
  /** Sends that may be queued for one session. */
  maxQueued?: number;
  /**
   * Deletes the data key of a session that was found deleted: a late send may have created another one.
   */
  forget?: (address: SessionAddress) => Promise<void>;
  /** The fenced store for the owners' writes, in a cluster. Absent: no other process uses the store. */
  owned?: Store;
}

/**
 * Accepted sends. At most one per session is in flight: handed to a socket, without a recorded result. Each step is one
 * commit together with its event: it is atomic and repeatable.
 */
export interface Outbox {
  find(address: SessionAddress, outboxId: string): Promise<OutboxRow | null>;
  findByMessage(address: SessionAddress, waMessageId: string): Promise<OutboxRow | null>;
  list(address: SessionAddress, page: { after?: string; limit: number }): Promise<OutboxRow[]>;
  /** The claim of an idempotency key, by its hash. */
  claim(organization: string, hash: string): Promise<Claim | null>;
  /**
   * Queues a send. `claimed`: its idempotency key is in use; `full`: too many are queued; `gone`: the session was
   * deleted. Nothing is stored then, nor when it rejects, except with a `timeout`: then it is unknown whether the send
   * is queued.
   */
  enqueue(row: OutboxRow, fingerprint: string): Promise<'queued' | 'claimed' | 'full' | 'gone'>;
  /** The next queued send; null when the queue is empty. */
  head(address: SessionAddress): Promise<OutboxRow | null>;
  /** The next queued send to a chat that may be written to; null when there is none. */
  firstTo(address: SessionAddress, admit: ChatFilter): Promise<OutboxRow | null>;
  /** How many sends are queued. */
  depth(address: SessionAddress): Promise<number>;
  /** Whether a send is in flight or queued. */
  hasBacklog(address: SessionAddress): Promise<boolean>;
  /** The token buckets; null before the first send. */
  rate(address: SessionAddress): Promise<RateState | null>;
  /**
   * Puts a send in flight, removes it from the queue and stores the token buckets. `claimed` as above; `gone`: it is no
   * longer queued, or its session was deleted. Rejects when another send of the session is in flight.
   */
  begin(row: OutboxRow, options: BeginOptions): Promise<'begun' | 'claimed' | 'gone'>;
  inFlight(address: SessionAddress): Promise<OutboxRow | null>;
  /**
   * Stores that the send in flight is handed to a socket again, and yields the row. Stores nothing when the send is
   * settled or has a receipt, which the row then shows, as it shows a receipt that arrives meanwhile.
   */
  resume(row: OutboxRow, rate: RateState): Promise<OutboxRow>;
  /**
   * Stores the result of a send, and yields the row with it; `message` is kept for quoting. A send that is settled
   * already stays as it is.
   */
  settle(row: OutboxRow, message: StoredMessage | null): Promise<OutboxRow>;
  /** Puts an asynchronous send in flight, of which nothing was sent, back to its place in the queue. */
  putBack(row: OutboxRow): Promise<OutboxRow>;
  /** Removes a send from the queue and stores it as settled; null when it is no longer queued. */
  cancel(row: OutboxRow): Promise<OutboxRow | null>;
  /** The row once the send is settled, or as it is at the deadline. Null when there is no such send. */
  whenSettled(address: SessionAddress, outboxId: string, timeoutMs: number): Promise<OutboxRow | null>;
  /**
   * Stores a receipt; ignores messages that are not ours and outdated receipts. Yields the row with the proven status;
   * null when there is nothing new.
   */
  receive(address: SessionAddress, receipt: Receipt): Promise<OutboxRow | null>;
}

export function outbox(store: Store, now: () => number, options: OutboxOptions = {}): Outbox {
  const { delay = systemTimer, maxQueued = defaultMaxQueued, owned = store, forget = async () => undefined } = options;
  const writers = owned === store ? 'one' : 'many';
  const depths = new QueueDepths((address) => countQueued(store, address), { writers, now });
  const settlements = new SettlementWaiters(delay);
  const orForgotten = async <R>(row: OutboxRow, accepting: Promise<R>): Promise<R> => {
    const result = await accepting;
    if (result === 'gone') await forget(row);
    return result;
  };
  return {
    find: (address, outboxId) => findRow(store, address, outboxId),
    findByMessage: async (address, waMessageId) => {
      const id = await findRowId(store, address, waMessageId);
      return id === null ? null : findRow(store, address, id);
    },
    list: (address, page) => listRows(store, address, page),
    claim: (organization, hash) => standingClaim(store, organization, hash, now()),
    rate: (address) => findRate(store, address),
    head: (address) => headOf(store, address),
    firstTo: (address, admit) => firstTo(store, address, admit),
    depth: (address) => depths.queuedIn(address),
    hasBacklog: async (address) => ((await rowInFlight(owned, address)) ?? (await headOf(store, address))) !== null,
    enqueue: (row, fingerprint) =>
      depths.enter(row, maxQueued, {
        run: () => orForgotten(row, enqueue(store, row, fingerprint)),
        hasEntered: (result) => result === 'queued',
      }),
    begin: (row, options) =>
      depths.leave(row, {
        run: () =>
          options.fingerprint === null ? begin(owned, row, options) : orForgotten(row, begin(owned, row, options)),
        hasLeft: (result) => result === 'begun' && options.fingerprint === null,
      }),
    inFlight: (address) => rowInFlight(owned, address),
    settle: async (row, message) => {
      const settled = await depths.leave(row, {
        run: () => settle(owned, row, message, now()),
        hasLeft: ({ wasQueued }) => wasQueued,
      });
      settlements.announce(row.id);
      return settled.row;
    },
    putBack: async (row) => {
      const entering = {
        run: () => putBack(owned, row, now()),
        hasEntered: ({ status }: OutboxRow) => status === 'queued',
      };
      const result = await depths.enter(row, Number.POSITIVE_INFINITY, entering);
      return result === 'full' ? row : result;
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
      // Another process's settlements are not announced here, so the row is polled.
      const pollMs = writers === 'one' ? timeoutMs : Math.min(timeoutMs, sharedPollMs);
      for (let leftMs = timeoutMs; ; leftMs -= pollMs) {
        // Starts to wait before it reads, so that no settlement in between is missed.
        const { announced, cancel: stopWaiting } = settlements.expect(outboxId, Math.min(leftMs, pollMs));
        try {
          const row = await findRow(store, address, outboxId);
          if (row === null || isSettled(row) || leftMs <= 0) return row;
          await announced;
        } finally {
          stopWaiting();
        }
      }
    },
    ...resumptions(owned, now),
  };
}
