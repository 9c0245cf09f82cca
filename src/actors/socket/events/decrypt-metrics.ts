import { type BinaryNode, proto, type WAMessage, type WASocket } from '@whiskeysockets/baileys';
import type { Metrics } from '../../../domain/metrics.ts';

const { CIPHERTEXT } = proto.WebMessageInfo.StubType;

/** What Baileys says of a stanza that held nothing to decrypt: nothing failed there. */
const nothingToDecrypt = 'Message absent from node';

/** Counts the messages that could not be decrypted: by us, and by devices that ask for one of ours again. */
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
