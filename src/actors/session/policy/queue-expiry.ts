import type { OutboxRow } from '../../../domain/outbox.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Outbox } from '../../../store/records/outbox/outbox.ts';
import { settledRow } from './settled-row.ts';

/** A queued send that has waited this long is not sent any more. */
const queueLifetimeMs = 24 * 60 * 60 * 1000;

/** The queued send that is next and not too old; those before it that are too old are settled as failed. */
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
