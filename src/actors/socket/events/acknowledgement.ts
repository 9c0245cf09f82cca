import type { BinaryNode } from '@whiskeysockets/baileys';
import type { SocketEvent } from '../port.ts';
import { epochMs } from './server-time.ts';

type Acknowledgement = Extract<SocketEvent, { type: 'socket.acknowledged' | 'socket.refused' }>;

/**
 * What WhatsApp's server says of a message that it got, from the raw `<ack class="message">`: Baileys tells of
 * refusals late and of the others never.
 */
export function acknowledgementIn({ attrs }: BinaryNode, now: number): Acknowledgement | null {
  const { id: waMessageId, error: code, t } = attrs;
  if (waMessageId === undefined) return null;
  if (code !== undefined) return { type: 'socket.refused', waMessageId, code };
  return { type: 'socket.acknowledged', waMessageId, timestamp: epochMs(t, now) };
}
