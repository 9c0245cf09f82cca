import { type BinaryNode, proto, type WAMessage, type WASocket } from '@whiskeysockets/baileys';
import type { Metrics } from '../../../domain/metrics.ts';

const { CIPHERTEXT } = proto.WebMessageInfo.StubType;

/** Baileys' text for a stanza without ciphertext, which is no failure. */
const nothingToDecrypt = 'Message absent from node';

/** Counts messages that this session could not decrypt, and requests of devices that could not decrypt one of ours. */
export function countDecryptFailures(
  socket: Pick<WASocket, 'ev' | 'ws'>,
  metrics: Pick<Metrics, 'decryptFailure' | 'retryReceipt'>,
): void {
  socket.ev.on('messages.upsert', ({ messages }) => {
    for (const message of messages) if (isUndecrypted(message)) metrics.decryptFailure();
  });
  socket.ws.on('CB:receipt', ({ attrs }: BinaryNode) => {
    if (attrs['type'] === 'retry') metrics.retryReceipt();
  });
}

function isUndecrypted({ messageStubType, messageStubParameters }: WAMessage): boolean {
  return messageStubType === CIPHERTEXT && messageStubParameters?.[0] !== nothingToDecrypt;
}
