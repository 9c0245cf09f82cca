import type * as v from 'valibot';
import { type Frame, wireVersion } from '../../actors/inspection/frame.ts';
import type { PublicContact } from '../../domain/contact.ts';
import type { SendBodySchema } from '../../domain/message.ts';
import type { SendResult } from '../../domain/outbox.ts';
import type { ApiKeySchema } from '../response/present-api-key.ts';
import type { GroupMemberSchema, GroupSchema } from '../response/present-group.ts';
import type { OutboxEntrySchema } from '../response/present-outbox.ts';
import type { SessionSchema } from '../response/session-schema.ts';
import type { Envelope } from '../streams/envelope.ts';

/** A connecting session in the inspector. */
export const aFrame: Frame = {
  type: '@xstate.snapshot',
  sessionId: '01M833PJWM02QDH80TB2NT7P4C/x:0',
  rootId: '01M833PJWM02QDH80TB2NT7P4C/x:0',
  createdAt: '1795400930000',
  id: null,
  _version: wireVersion,
  event: { type: 'socket.opened' },
  snapshot: {
    status: 'active',
    value: { lifecycle: { online: { connecting: { resolving: 'recording' } } }, delivery: 'unsettled' },
    context: { reason: null, waitingSends: 0 },
  },
};

/** The examples in the documentation: one number that sends a few messages. */
export const aSession: v.InferOutput<typeof SessionSchema> = {
  id: '01M833PJWM02QDH80TB2NT7P4C',
  organizationId: 'acme',
  createdByUserId: '01M833MZ6R8D3T0V2X4Y6Z8A0B',
  label: 'support',
  status: 'connected',
  statusSince: 1_795_400_930_000,
  reason: null,
  nextAttemptAt: null,
  restriction: null,
  nodeId: 'node-1',
  phoneNumber: '15551234567',
  waJid: '15551234567@s.whatsapp.net',
  waLid: '123456789012345@lid',
  autoRead: false,
  presenceTyping: false,
  ratePerMin: 20,
  rateBurst: 5,
  ratePerHour: 600,
  queued: 0,
  tokens: 4.25,
  lastConnectedAt: 1_795_400_930_000,
  createdAt: 1_795_400_900_000,
  updatedAt: 1_795_400_930_000,
};

/** The same session before a phone is linked. */
export const aNewSession: v.InferOutput<typeof SessionSchema> = {
  ...aSession,
  status: 'pairing',
  statusSince: 1_795_400_900_000,
  phoneNumber: null,
  waJid: null,
  waLid: null,
  lastConnectedAt: null,
  updatedAt: 1_795_400_900_000,
};

export const recipient = '15550000001@s.whatsapp.net';

export const aContact: PublicContact = {
  jid: recipient,
  lid: '100000015550000001@lid',
  phone: '15550000001',
  username: null,
};

export const messages: Record<string, v.InferInput<typeof SendBodySchema>> = {
  text: { to: recipient, type: 'text', text: 'My first message' },
  poll: { to: recipient, type: 'poll', name: 'Lunch?', options: ['soup', 'salad', 'none'], selectableCount: 1 },
  location: { to: recipient, type: 'location', latitude: 48.2082, longitude: 16.3738, name: 'Vienna' },
  contact: { to: recipient, type: 'contact', contact: { name: 'Ben', phone: '15550000002' } },
};

export const sent: SendResult = {
  mode: 'sync',
  outboxId: '01M833R7FDF3YYGD8PQ6EESTNZ',
  replayed: false,
  status: 'sent',
  timestamp: 1_795_400_932_000,
  waMessageId: '3EB00089C41B20AB7B30C3',
  chatJid: recipient,
};

export const queued: SendResult = {
  mode: 'async',
  outboxId: '01M833R7SC2FBGHXNQKC6H5GQA',
  replayed: false,
  status: 'queued',
  timestamp: 1_795_400_933_164,
  waMessageId: '3EB04EA9954CF2BEE8A28D',
  chatJid: recipient,
};

const aTraceId = '4bf92f3577b34da6a3ce929d0e0e4736';

export const anOutboxEntry: v.InferOutput<typeof OutboxEntrySchema> = {
  outboxId: queued.outboxId,
  waMessageId: queued.waMessageId,
  mode: 'async',
  to: recipient,
  chatJid: recipient,
  type: 'text',
  status: 'read',
  timestamp: 1_795_400_936_000,
  attempts: 1,
  error: null,
  acceptedAt: 1_795_400_933_164,
  traceId: aTraceId,
};

export const aGroup: v.InferOutput<typeof GroupSchema> = {
  groupJid: '120363021234567890@g.us',
  subject: 'Choir',
  description: null,
  ownerJid: recipient,
  participantCount: 2,
  isAnnounce: false,
  isLocked: false,
  createdAtWa: 1_700_000_000_000,
  firstSeenAt: 1_795_400_940_000,
  updatedAt: 1_795_400_940_000,
};

export const aMember: v.InferOutput<typeof GroupMemberSchema> = { jid: recipient, lid: null, role: 'admin' };

export const anApiKey: v.InferOutput<typeof ApiKeySchema> = {
  id: '01M833T9K2V5N8Q1R4S7T0W3X6',
  name: 'shop',
  capabilities: ['send'],
  createdBy: { kind: 'api_key', id: aSession.createdByUserId },
  createdAt: 1_795_400_950_000,
  expiresAt: 1_830_297_600_000,
  lastUsedAt: null,
  revokedAt: null,
};

export const anEvent: Envelope = {
  schema: 'v1',
  id: 'evt_01M833R8KG0000000000000048',
  event: 'message.status',
  session: aSession.id,
  organization: 'acme',
  timestamp: 1_795_400_936_000,
  payload: {
    outboxId: queued.outboxId,
    waMessageId: queued.waMessageId,
    to: recipient,
    chatJid: recipient,
    chat: aContact,
    status: 'read',
    timestamp: 1_795_400_936_000,
    traceId: aTraceId,
  },
};
