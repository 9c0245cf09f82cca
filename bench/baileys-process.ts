import { randomBytes } from 'node:crypto';
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import { silenceConsole } from '../simulator/quiet-console.ts';
import { trustRoot } from '../src/actors/socket/root-certificate.ts';
import { answering } from './answering.ts';
import { linkedSocket } from './baileys-socket.ts';
import { drive, inBatches } from './load.ts';
import { linkedAtOnce, recipientOf, WhatsAppSchema } from './whatsapp.ts';

// What the gateway is measured against: Baileys with its keys in memory, and nothing around it but a table of the
// messages that wait for WhatsApp's acknowledgement.

const LinkSchema = v.object({ whatsapp: WhatsAppSchema, sessions: v.number() });

const LoadSchema = v.object({ sessions: v.array(v.number()), inFlight: v.number(), sends: v.number() });

const text = { text: 'Your parcel is on its way and will arrive tomorrow.', linkPreview: null };

/** A linked number; resolves with WhatsApp's acknowledgement. */
type Sender = () => Promise<void>;

let senders: Sender[] = [];

function senderOn(socket: WASocket, recipient: string): Sender {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  socket.ws.on('CB:ack,class:message', ({ attrs }: BinaryNode) => {
    const { id = '', error } = attrs;
    if (error === undefined) waiting.get(id)?.resolve();
    else waiting.get(id)?.reject(new Error(`WhatsApp refused a message with ${error}`));
    waiting.delete(id);
  });
  return async () => {
    const messageId = `3EB0${randomBytes(9).toString('hex').toUpperCase()}`;
    const acknowledged = Promise.withResolvers<void>();
    waiting.set(messageId, acknowledged);
    await socket.sendMessage(recipient, text, { messageId });
    await acknowledged.promise;
  };
}

silenceConsole();

answering({
  link: async (given) => {
    const { whatsapp, sessions } = v.parse(LinkSchema, given);
    trustRoot(whatsapp.rootKey);
    senders = await inBatches(sessions, linkedAtOnce, async (session) => {
      const socket = await linkedSocket(whatsapp, `1555100${String(session).padStart(4, '0')}`);
      return senderOn(socket, `${recipientOf(session)}@s.whatsapp.net`);
    });
  },
  run: (given) => drive(v.parse(LoadSchema, given), async (session) => senders[session]?.()),
});
