import * as v from 'valibot';
import { ContactSchema } from '../../../domain/contact.ts';
import { errorCodes, type Refusal } from '../../../domain/errors.ts';
import { GroupSchema } from '../../../domain/group.ts';
import { OutboxRowSchema } from '../../../domain/outbox.ts';
import { AssertionSchema, PasskeySchema } from '../../../domain/passkey.ts';
import { CapabilitySchema, CredentialSchema } from '../../../domain/principal.ts';
import { jsonCodec } from '../../../store/records/codec.ts';
import { FrameSchema } from '../../inspection/frame.ts';
import type { Answer, Command } from '../../session/commands.ts';

// None of these schemas is strict: objects of this process may have more fields than their types say, and messages of a
// newer release, too. What nodes of different releases write to each other keeps its spelling.
const requestId = v.string();
const asker = v.object({
  by: v.object({
    ...CredentialSchema.entries,
    organization: v.string(),
    capabilities: v.pipe(v.array(CapabilitySchema), v.readonly()),
  }),
  requestId,
});

const CommandSchema = v.variant('type', [
  v.object({ type: v.literal('session.start'), requestId }),
  v.object({ type: v.literal('session.stop'), requestId }),
  v.object({ type: v.literal('session.logout'), requestId, asker }),
  v.object({ type: v.literal('session.qr'), requestId }),
  v.object({ type: v.literal('session.pairingCode'), requestId, phone: v.string() }),
  v.object({ type: v.literal('session.passkey'), requestId }),
  v.object({ type: v.literal('session.assertPasskey'), requestId, assertion: AssertionSchema }),
  v.object({ type: v.literal('session.confirmPasskey'), requestId }),
  v.object({
    type: v.literal('session.perform'),
    requestId,
    action: v.variant('kind', [
      v.object({ kind: v.literal('joinGroup'), code: v.string() }),
      v.object({ kind: v.literal('fetchGroup'), jid: v.string() }),
      v.object({ kind: v.literal('lookUp'), phone: v.string() }),
    ]),
  }),
  v.object({ type: v.literal('message.send'), requestId, row: OutboxRowSchema, fingerprint: v.string() }),
]) satisfies v.GenericSchema<unknown, Command>;

/** A command for a session of another node; `session.shutDown` is local to a process. */
export type RemoteCommand = v.InferOutput<typeof CommandSchema>;

const AnswerSchema = v.variant('kind', [
  v.object({ kind: v.literal('done') }),
  v.object({ kind: v.literal('linkCode'), code: v.string(), expiresAt: v.number() }),
  v.object({ kind: v.literal('passkey'), passkey: PasskeySchema }),
  v.object({ kind: v.literal('sent'), row: OutboxRowSchema }),
  v.object({ kind: v.literal('claimed') }),
  v.object({ kind: v.literal('joined'), groupJid: v.string() }),
  v.object({ kind: v.literal('group'), group: GroupSchema }),
  v.object({ kind: v.literal('lookedUp'), contact: v.nullable(ContactSchema) }),
]) satisfies v.GenericSchema<unknown, Answer>;

const detail = v.union([v.string(), v.number(), v.boolean(), v.null(), v.pipe(v.array(v.string()), v.readonly())]);

const RefusalSchema = v.object({
  code: v.picklist(errorCodes),
  message: v.string(),
  details: v.exactOptional(v.record(v.string(), detail)),
  retryAfterMs: v.exactOptional(v.number()),
  quota: v.exactOptional(
    v.object({ limit: v.number(), windowSeconds: v.number(), remaining: v.number(), resetSeconds: v.number() }),
  ),
  mismatch: v.exactOptional(v.boolean()),
}) satisfies v.GenericSchema<unknown, Refusal>;

const nodeAddress = v.object({ incarnation: v.string(), nodeId: v.string() });
const address = { organization: v.string(), session: v.string() };

/** The wishes of a watching node, as the wire spells them; `keepAlive` renews a watch. */
export const watchWishes = { begin: 'begin', keepAlive: 'goOn', end: 'end' } as const;

/** What nodes write to each other. `to` is an incarnation: a message is not for a later one of the same node. */
const NodeMessageSchema = v.variant('kind', [
  v.object({
    kind: v.literal('ask'),
    to: v.string(),
    from: nodeAddress,
    /** Id of this call, new for each attempt: the node that claims it executes the command. */
    askId: v.string(),
    ...address,
    command: CommandSchema,
  }),
  /** The response. `elsewhere`: this node does not own the session, or not any more, and nothing was done. */
  v.object({
    kind: v.literal('reply'),
    to: v.string(),
    askId: v.string(),
    result: v.union([
      v.object({ ok: v.literal(true), value: AnswerSchema }),
      v.object({ ok: v.literal(false), refusal: RefusalSchema }),
      v.literal('elsewhere'),
    ]),
  }),
  v.object({
    kind: v.literal('tell'),
    to: v.string(),
    ...address,
    /** `session.offered`: its owner has released the session for this node. */
    notice: v.picklist(['outbox.queued', 'settings.changed', 'session.deleted', 'session.offered']),
  }),
  /** The node `from` watches what a session does. */
  v.object({
    kind: v.literal('watch'),
    to: v.string(),
    from: nodeAddress,
    watchId: v.string(),
    ...address,
    wish: v.enum(watchWishes),
  }),
  /** What the session has done since the last message; without frames it keeps the watch alive. */
  v.object({
    kind: v.literal('frames'),
    to: v.string(),
    watchId: v.string(),
    frames: v.array(FrameSchema),
    state: v.picklist(['goesOn', 'over']),
  }),
]);

export const nodeMessageCodec = jsonCodec('letter', NodeMessageSchema);

export type NodeMessage = v.InferOutput<typeof NodeMessageSchema>;
export type RequestMessage = Extract<NodeMessage, { kind: 'ask' }>;
export type NotificationMessage = Extract<NodeMessage, { kind: 'tell' }>;
export type WatchMessage = Extract<NodeMessage, { kind: 'watch' }>;
export type FramesMessage = Extract<NodeMessage, { kind: 'frames' }>;
export type ResponseMessage = Extract<NodeMessage, { kind: 'reply' }>['result'];
