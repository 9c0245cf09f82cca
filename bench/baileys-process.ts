import { randomBytes } from 'node:crypto';
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import { silenceConsole } from '../simulator/quiet-console.ts';
import { trustRoot } from '../src/actors/socket/transport/root-certificate.ts';
import { answerRequests } from './answering.ts';
import { linkedSocket } from './baileys-socket.ts';
import { drive, inBatches } from './load.ts';
import { linkedAtOnce, recipientOf, WhatsAppSchema } from './whatsapp.ts';

// The baseline of the benchmark: Baileys with its keys in memory, and a table of the messages that wait for WhatsApp's
// acknowledgement.

const LinkSchema = v.object({ whatsapp: WhatsAppSchema, sessions: v.number() });

const LoadSchema = v.object({ sessions: v.array(v.number()), inFlight: v.number(), sends: v.number() });

const text = { text: 'Your parcel is on its way and will arrive tomorrow.', linkPreview: null };

/** Sends from a linked number; resolves when WhatsApp has acknowledged. */
type Sender = () => Promise<void>;

let senders: Sender[] = [];

function senderOn(socket: WASocket, recipient: string): Sender {
  const pending = new Map<string, PromiseWithResolvers<void>>();
  socket.ws.on('CB:ack,class:message', ({ attrs }: BinaryNode) => {
    const { id = '', error } = attrs;
    if (error === undefined) pending.get(id)?.resolve();
    else pending.get(id)?.reject(new Error(`WhatsApp refused a message with ${error}`));
    pending.delete(id);
  });
  return async () => {
    const messageId = `3EB0${randomBytes(9).toString('hex').toUpperCase()}`;
    const acknowledged = Promise.withResolvers<void>();
    pending.set(messageId, acknowledged);
    await socket.sendMessage(recipient, text, { messageId });
    await acknowledged.promise;
  };
}

silenceConsole();

answerRequests({
  link: async (input) => {
    const { whatsapp, sessions } = v.parse(LinkSchema, input);
    trustRoot(whatsapp.rootKey);
    senders = await inBatches(sessions, linkedAtOnce, async (session) => {
      const socket = await linkedSocket(whatsapp, `1555100${String(session).padStart(4, '0')}`);
      return senderOn(socket, `${recipientOf(session)}@s.whatsapp.net`);
    });
  },
  run: (input) => drive(v.parse(LoadSchema, input), async (session) => senders[session]?.()),
});
