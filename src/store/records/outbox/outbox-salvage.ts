import * as v from 'valibot';
import { timeOfUlid } from '../../../domain/ids.ts';
import { type OutboxRow, OutboxRowSchema, type SendStatus } from '../../../domain/outbox.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Entry, Store } from '../../contract.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { jsonCodec } from '../codec.ts';
import { decodeRow, rowKey } from './outbox-rows.ts';

const row = OutboxRowSchema.entries;

/** What can be read of a row in any form. The rest is as it is before anything has happened to a send. */
const SalvagedSchema = v.looseObject({
  waMessageId: v.fallback(row.waMessageId, ''),
  mode: v.fallback(row.mode, 'async'),
  to: v.fallback(row.to, ''),
  content: v.fallback(v.unknown(), null),
  idempotency: v.fallback(row.idempotency, null),
  account: v.fallback(row.account, null),
  timestamp: v.fallback(row.timestamp, 0),
  attempts: v.fallback(row.attempts, 0),
  unanswered: v.fallback(row.unanswered, 0),
  error: v.fallback(row.error, null),
  early: v.fallback(row.early, null),
  acceptedAt: v.fallback(row.acceptedAt, 0),
  traceId: v.fallback(row.traceId, null),
});

const codec = jsonCodec('outbox row of a newer release', SalvagedSchema);

/**
 * The row of a send that is not settled: queued, or in flight, as its place shows. One whose form this release does not
 * know is read as far as that goes, with what it carries as unsupported, so that it can be settled as a failure. Null
 * when there is none; throws a `DamagedValueError` when nothing of it can be read.
 */
export async function findOpenRow(
  store: Store,
  address: SessionAddress,
  outboxId: string,
  status: Extract<SendStatus, 'queued' | 'sending'>,
): Promise<OutboxRow | null> {
  const entry = await store.get(rowKey(address, outboxId));
  return entry === null ? null : openRowOf(address, outboxId, status, entry);
}

/** The same of an entry. */
export async function openRowOf(
  address: SessionAddress,
  outboxId: string,
  status: Extract<SendStatus, 'queued' | 'sending'>,
  entry: Entry,
): Promise<OutboxRow> {
  return (await unlessUnreadable(null, () => decodeRow(entry))) ?? salvaged(address, outboxId, status, entry);
}

function salvaged({ organization, session }: SessionAddress, id: string, status: SendStatus, entry: Entry): OutboxRow {
  const { content: stored, ...known } = codec.decode(entry.value);
  const { waMessageId, acceptedAt } = known;
  return {
    ...known,
    id,
    organization,
    session,
    status,
    content: { type: 'unsupported', stored },
    // It is part of a key, and no part is empty.
    waMessageId: waMessageId === '' ? id : waMessageId,
    acceptedAt: acceptedAt === 0 ? timeOfUlid(id) : acceptedAt,
  };
}
