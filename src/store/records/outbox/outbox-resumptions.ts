import type { OutboxRow, Receipt } from '../../../domain/outbox.ts';
import type { RateState } from '../../../domain/rate.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Store } from '../../contract.ts';
import { receive, resume } from './outbox-results.ts';

/**
 * Resumes sends and stores their receipts, for one process. A receipt may be stored while the store's answer to a
 * resumption is in transit: that answer misses the receipt, which proves that the send need not be sent again.
 */
export function resumptions(store: Store, now: () => number) {
  /** The newest receipt of each send that is being resumed. */
  const confirmed = new Map<string, OutboxRow['early']>();
  return {
    resume: async (row: OutboxRow, rate: RateState): Promise<OutboxRow> => {
      confirmed.set(row.id, null);
      try {
        const stored = await resume(store, row, rate);
        return { ...stored, early: confirmed.get(row.id) ?? stored.early };
      } finally {
        confirmed.delete(row.id);
      }
    },
    receive: async (address: SessionAddress, receipt: Receipt): Promise<OutboxRow | null> => {
      const row = await receive(store, address, receipt, now());
      const { status, timestamp } = receipt;
      if (row !== null && confirmed.has(row.id)) confirmed.set(row.id, { status, timestamp });
      return row;
    },
  };
}
