import * as v from 'valibot';
import { timeOfUlid } from '../../../domain/ids.ts';
import { type OutboxRow, OutboxRowSchema, type SendStatus } from '../../../domain/outbox.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Entry, Store } from '../../contract.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { jsonCodec } from '../codec.ts';
import { decodeRow, rowKey } from './outbox-rows.ts';

const row = OutboxRowSchema.entries;

/** The readable part of a row in any form. The rest has the values of a new send. */
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
 * The row of an open send: queued, or in flight. A row whose form this release does not know is read as far as possible,
 * with unsupported content, so that it can be settled as failed. Null when there is none; throws an
 * `UnreadableValueError` when nothing of it can be read.
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

/** The same from an entry. */
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
