import type { BinaryNode } from '@whiskeysockets/baileys';
import type { SocketEvent } from '../port.ts';
import { epochMs } from './server-time.ts';

type Acknowledgement = Extract<SocketEvent, { type: 'socket.acknowledged' | 'socket.refused' }>;

/**
 * The server's answer to a message, from the raw `<ack class="message">`: Baileys reports refusals late and
 * acknowledgements never. `now` is in epoch milliseconds.
 */
export function acknowledgementIn({ attrs }: BinaryNode, now: number): Acknowledgement | null {
  const { id: waMessageId, error: code, t } = attrs;
  if (waMessageId === undefined) return null;
  if (code !== undefined) return { type: 'socket.refused', waMessageId, code };
  return { type: 'socket.acknowledged', waMessageId, timestamp: epochMs(t, now) };
}
