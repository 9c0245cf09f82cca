import { type BinaryNode, getBinaryNodeChild, getBinaryNodeChildren } from '@whiskeysockets/baileys';
import type { Receipt, SendStatus } from '../../../domain/outbox.ts';
import { epochMs } from './server-time.ts';

/** By the `type` of a receipt; without one it means delivery. Other types concern our own devices, or retries. */
const statuses: Record<string, SendStatus> = { '': 'delivered', read: 'read', played: 'played' };

/**
 * The receipts in a stanza, one for each message that it names. Taken from the wire because Baileys buffers its own events
 * while it catches up. A receipt may come from any address of the recipient, so it is matched by the message's id only.
 */
export function receiptsIn(node: BinaryNode, now: number): Receipt[] {
  const { id, type = '', t } = node.attrs;
  const status = statuses[type];
  if (status === undefined || id === undefined) return [];
  const items = getBinaryNodeChildren(getBinaryNodeChild(node, 'list'), 'item');
  const ids = [id, ...items.flatMap(({ attrs }) => attrs['id'] ?? [])];
  const timestamp = epochMs(t, now);
  return ids.map((waMessageId) => ({ waMessageId, status, timestamp }));
}
