import type { OutboxRow } from '../../domain/outbox.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';

/** Called after each step of a send, with the row as it is stored then. None of them may throw. */
export interface SendObserver {
  onQueued?(row: OutboxRow): void;
  onBegun?(row: OutboxRow): void;
  /** The send in flight was looked up; null when there is none. */
  onInFlight?(row: OutboxRow | null, address: SessionAddress): void;
  /** The send is handed to a socket again, unless the row says that its result or a receipt is known. */
  onResumed?(row: OutboxRow): void;
  /** @param answeredAt when its result was known, before it was stored; epoch milliseconds */
  onSettled?(row: OutboxRow, answeredAt: number): void;
  /** It was not sent, and is queued again. */
  onPutBack?(row: OutboxRow): void;
  onCancelled?(row: OutboxRow): void;
  /** A receipt has changed the status. */
  onReceipt?(row: OutboxRow): void;
}

/** An outbox that reports the steps of its sends to observers, in their order. `now` in epoch milliseconds. */
export function instrumentedOutbox(outbox: Outbox, observers: readonly SendObserver[], now: () => number): Outbox {
  return {
    ...outbox,
    enqueue: async (row, fingerprint) => {
      const result = await outbox.enqueue(row, fingerprint);
      if (result === 'queued') for (const observer of observers) observer.onQueued?.(row);
      return result;
    },
    begin: async (row, options) => {
      const result = await outbox.begin(row, options);
      if (result === 'begun') for (const observer of observers) observer.onBegun?.(row);
      return result;
    },
    inFlight: async (address) => {
      const row = await outbox.inFlight(address);
      for (const observer of observers) observer.onInFlight?.(row, address);
      return row;
    },
    resume: async (row, rate) => {
      const resumed = await outbox.resume(row, rate);
      for (const observer of observers) observer.onResumed?.(resumed);
      return resumed;
    },
    settle: async (row, message) => {
      const answeredAt = now();
      const settled = await outbox.settle(row, message);
      for (const observer of observers) observer.onSettled?.(settled, answeredAt);
      return settled;
    },
    putBack: async (row) => {
      const queued = await outbox.putBack(row);
      for (const observer of observers) observer.onPutBack?.(queued);
      return queued;
    },
    cancel: async (row) => {
      const cancelled = await outbox.cancel(row);
      if (cancelled !== null) for (const observer of observers) observer.onCancelled?.(cancelled);
      return cancelled;
    },
    receive: async (address, receipt) => {
      const row = await outbox.receive(address, receipt);
      if (row !== null) for (const observer of observers) observer.onReceipt?.(row);
      return row;
    },
  };
}
