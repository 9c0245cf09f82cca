import type { EventName } from '../../../src/domain/event.ts';

const [id, jid, timestamp] = ['3EB00089C41B20AB7B30C3', '15550000001@s.whatsapp.net', 1_700_000_000_000];
const chat = { jid, lid: '100000015550000001@lid', phone: '15550000001', username: null };
const code = { code: 'code', expiresAt: timestamp };

/** A payload of each event. */
export const payloads: Readonly<Record<EventName, Record<string, unknown>>> = {
  message: {
    ...{ waMessageId: id, chatJid: jid, senderJid: jid, fromMe: false, type: 'text', body: 'hello', hasMedia: false },
    ...{ chat, sender: chat, replyTo: null, mentions: [], pushName: 'Ada', timestamp },
  },
  'message.status': { outboxId: 'outbox', waMessageId: id, chatJid: jid, status: 'sent', timestamp },
  'session.status': {
    status: 'connected',
    previous: 'connecting',
    reason: null,
    since: timestamp,
    nextAttemptAt: null,
  },
  'auth.qr': code,
  'auth.code': code,
  'auth.passkey': {
    stage: 'assertion',
    publicKey: { challenge: 'challenge', rpId: 'whatsapp.com' },
    code: null,
    expiresAt: timestamp,
  },
  'session.restriction': { kind: 'new_chats', isActive: true, until: timestamp },
  'poll.vote': { waMessageId: id, chatJid: jid, voterJid: jid, chat, voter: chat, options: ['soup'], timestamp },
  'group.update': {
    ...{ groupJid: '120363021234567890@g.us', subject: 'Choir', description: null, ownerJid: jid },
    ...{ isAnnounce: false, isLocked: false, participantCount: 2 },
  },
  'stream.gap': { from: 'evt_1', to: 'evt_2' },
};
