import { USyncQuery, USyncUser, type WASocket } from '@whiskeysockets/baileys';
import { GatewayError } from '../../domain/errors.ts';
import { isGroup } from '../../domain/jid.ts';
import { queryErrorCode, statusCodeOf } from './baileys-error.ts';
import { quotedOption, toBaileysContent } from './content.ts';
import type { SocketCommand, SocketEvent } from './port.ts';
import { recordPrivacyToken } from './privacy-token.ts';

type Send = Extract<SocketCommand, { type: 'socket.send' }>;

/**
 * Hands a message to Baileys. That it resolves means only that the bytes were written, and most rejections leave the
 * outcome open (the message may be on the wire), so both are silent: the acknowledgement decides. Told are only the
 * failures that are certain to have come before: no device of the recipient was found, its keys cannot be used, or
 * WhatsApp refused a query.
 */
export function sendThrough(socket: WASocket, send: Send, tell: (fact: SocketEvent) => void): void {
  const { waMessageId } = send;
  transmit(socket, send).then(
    (code) => {
      if (code !== undefined) tell({ type: 'socket.refused', waMessageId, code });
    },
    (error: unknown) => {
      const code = refusalCode(socket, error);
      if (code !== undefined) tell({ type: 'socket.refused', waMessageId, code });
    },
  );
}

/** Of Baileys' errors: the connection is closed, or the bytes were not written in time. */
const openOutcomes = new Set([408, 428]);

/**
 * The code of a failure that is certain to have come before the wire; undefined when the message may be on it. Behind
 * the wire only the connection and the store can fail.
 */
function refusalCode(socket: WASocket, error: unknown): string | undefined {
  const queryCode = queryErrorCode(error);
  if (queryCode !== undefined) return String(queryCode);
  const statusCode = statusCodeOf(error);
  const isOpen = error instanceof GatewayError || (statusCode !== undefined && openOutcomes.has(statusCode));
  return isOpen || !socket.ws.isOpen ? undefined : 'encryption_failed';
}

async function transmit(socket: WASocket, { waMessageId, to, content, typing }: Send): Promise<string | undefined> {
  // Baileys would send to nobody, and WhatsApp would acknowledge it. Its answer is cached for the send itself.
  if (!isGroup(to) && (await socket.getUSyncDevices([to], true, false)).length === 0) {
    return (await isAnswered(socket, to)) ? 'recipient_unknown' : undefined;
  }
  // A newer release has queued it.
  if (content.type === 'unsupported') return 'unsupported_content';
  if (typing) await socket.sendPresenceUpdate('composing', to);
  await socket.sendMessage(to, toBaileysContent(content, to), { messageId: waMessageId, ...quotedOption(content) });
  if (typing) await socket.sendPresenceUpdate('paused', to);
  if (!isGroup(to)) await recordPrivacyToken(socket, to);
  return undefined;
}

/**
 * Whether WhatsApp answers a look-up of this user at all: to Baileys no answer in time is the same as no device. A send
 * whose look-up goes unanswered stays in doubt; its deadline ends the connection.
 */
async function isAnswered(socket: WASocket, to: string): Promise<boolean> {
  const query = new USyncQuery().withContext('message').withDeviceProtocol().withUser(new USyncUser().withId(to));
  return (await socket.executeUSyncQuery(query)) !== undefined;
}
