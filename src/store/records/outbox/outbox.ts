import { type ScheduleTimer, systemTimer } from '../../../domain/clock.ts';
import type { StoredMessage } from '../../../domain/message.ts';
import { isSettled, type OutboxRow, type Receipt } from '../../../domain/outbox.ts';
import type { RateState } from '../../../domain/rate.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Store } from '../../contract.ts';
import { findRate } from '../rate-states.ts';
import { type Claim, standingClaim } from './idempotency.ts';
import { type BeginOptions, begin, enqueue } from './outbox-acceptance.ts';
import { countQueued, headOf, rowInFlight } from './outbox-queue.ts';
import { cancel, settle } from './outbox-results.ts';
import { resumptions } from './outbox-resumptions.ts';
import { findRow, findRowId, listRows } from './outbox-rows.ts';
import { QueueDepths } from './queue-depths.ts';
import { SettlementWaiters } from './settlement-waiters.ts';

/** Sends that may be queued for one session, unless another number is given. */
const defaultMaxQueued = 5_000;

/** How often a send is looked for that another process may settle. */
const sharedLookMs = 200;

export interface OutboxOptions {
  /** What waiting for a result takes its time from; real time unless given. */
  delay?: ScheduleTimer;
  /** Sends that may be queued for one session. */
  maxQueued?: number;
  /**
   * Deletes the data key of a session that was found deleted: a send that came too late may have had another one made.
   */
  forget?: (address: SessionAddress) => Promise<void>;
  /** The store as the owners of sessions write to it, when there are other processes; else there are none. */
  owned?: Store;
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
   * Queues a send. `claimed`: its idempotency key is in use; `full`: too many are queued; `gone`: the session was
   * deleted. Nothing is stored then, nor when it rejects, unless with a `timeout`: the store failed, and whether the
   * send is queued is not known.
   */
  enqueue(row: OutboxRow, fingerprint: string): Promise<'queued' | 'claimed' | 'full' | 'gone'>;
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
   * it was queued and is no more, or its session was deleted. Rejects when another send of the session is in flight.
   */
  begin(row: OutboxRow, options: BeginOptions): Promise<'begun' | 'claimed' | 'gone'>;
  inFlight(address: SessionAddress): Promise<OutboxRow | null>;
  /**
   * Stores that the send in flight is handed to a socket again, and yields the row. When a receipt for it has come in,
   * or it is settled, nothing is stored: the row as it is then says so. It also says so when one comes in meanwhile.
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
    ...resumptions(owned, now),
  };
}
