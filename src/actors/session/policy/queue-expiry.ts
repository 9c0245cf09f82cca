import type { OutboxRow } from '../../../domain/outbox.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Outbox } from '../../../store/records/outbox/outbox.ts';
import { settledRow } from './settled-row.ts';

/** A queued send expires after this time. */
const queueLifetimeMs = 24 * 60 * 60 * 1000;

/** The first queued send that has not expired; those before it are settled as failed. */
export async function freshHead(
  outbox: Pick<Outbox, 'head' | 'cancel'>,
  address: SessionAddress,
  now: number,
): Promise<OutboxRow | null> {
  for (;;) {
    const row = await outbox.head(address);
    if (row === null || now - row.acceptedAt < queueLifetimeMs) return row;
    await outbox.cancel(settledRow(row, { ok: false, code: 'expired' }, now));
  }
}
