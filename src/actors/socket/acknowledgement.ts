import type { BinaryNode } from '@whiskeysockets/baileys';
import type { SocketFact } from './port.ts';

type Acknowledgement = Extract<SocketFact, { type: 'socket.acknowledged' | 'socket.refused' }>;

/**
 * What WhatsApp's server says of a message that it got, from the raw `<ack class="message">`: Baileys tells of
 * refusals late and of the others never. `t` is the server's time in seconds.
 */
export function acknowledgementIn({ attrs }: BinaryNode, now: number): Acknowledgement | null {
  const { id: waMessageId, error: code, t } = attrs;
  if (waMessageId === undefined) return null;
  if (code !== undefined) return { type: 'socket.refused', waMessageId, code };
  const seconds = Number(t);
  return { type: 'socket.acknowledged', waMessageId, timestamp: Number.isSafeInteger(seconds) ? seconds * 1000 : now };
}
