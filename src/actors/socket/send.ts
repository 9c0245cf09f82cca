import type { WASocket } from '@whiskeysockets/baileys';
import { isGroup } from '../../domain/jid.ts';
import { toBaileysContent } from './content.ts';
import type { SocketCommand, SocketFact } from './port.ts';

type Send = Extract<SocketCommand, { type: 'socket.send' }>;

/**
 * Hands a message to Baileys. That it resolves means only that the bytes were written, and most rejections leave the
 * outcome open (the message may be on the wire), so both are silent: the acknowledgement decides. Told are only the
 * refusals that are certain: no device of the recipient was found, or WhatsApp refused a query that comes before.
 */
export function sendThrough(socket: WASocket, send: Send, tell: (fact: SocketFact) => void): void {
  const { waMessageId } = send;
  transmit(socket, send).then(
    (code) => {
      if (code !== undefined) tell({ type: 'socket.refused', waMessageId, code });
    },
    (error: unknown) => {
      const code = queryErrorCode(error);
      if (code !== undefined) tell({ type: 'socket.refused', waMessageId, code: String(code) });
    },
  );
}

async function transmit(socket: WASocket, { waMessageId, to, content }: Send): Promise<string | undefined> {
  // Baileys would send to nobody, and WhatsApp would acknowledge it. Its answer is cached for the send itself.
  if (!isGroup(to) && (await socket.getUSyncDevices([to], true, false)).length === 0) return 'recipient_unknown';
  await socket.sendMessage(to, toBaileysContent(content), { messageId: waMessageId });
  return undefined;
}

/** The code of a query that WhatsApp answered with an error: Baileys puts it in `data`, as a number. */
function queryErrorCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('data' in error)) return undefined;
  return typeof error.data === 'number' ? error.data : undefined;
}
