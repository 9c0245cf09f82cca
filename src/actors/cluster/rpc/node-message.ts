import * as v from 'valibot';
import { errorCodes, type Refusal } from '../../../domain/errors.ts';
import { GroupSchema } from '../../../domain/group.ts';
import { OutboxRowSchema } from '../../../domain/outbox.ts';
import { CapabilitySchema, CredentialSchema } from '../../../domain/principal.ts';
import { jsonCodec } from '../../../store/records/codec.ts';
import { FrameSchema } from '../../inspection/frame.ts';
import type { Answer, Command } from '../../session/commands.ts';

// None of these is strict: what comes from inside a process may have more to it than its type says, and what comes from
// a newer release as well.
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
  v.object({
    type: v.literal('session.perform'),
    requestId,
    action: v.variant('kind', [
      v.object({ kind: v.literal('joinGroup'), code: v.string() }),
      v.object({ kind: v.literal('fetchGroup'), jid: v.string() }),
    ]),
  }),
  v.object({ type: v.literal('message.send'), requestId, row: OutboxRowSchema, fingerprint: v.string() }),
]) satisfies v.GenericSchema<unknown, Command>;

/** What a session is asked from another node. A process that ends shuts down only its own. */
export type RemoteCommand = v.InferOutput<typeof CommandSchema>;

const AnswerSchema = v.variant('kind', [
  v.object({ kind: v.literal('done') }),
  v.object({ kind: v.literal('linkCode'), code: v.string(), expiresAt: v.number() }),
  v.object({ kind: v.literal('sent'), row: OutboxRowSchema }),
  v.object({ kind: v.literal('claimed') }),
  v.object({ kind: v.literal('joined'), groupJid: v.string() }),
  v.object({ kind: v.literal('group'), group: GroupSchema }),
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

const addressee = v.object({ incarnation: v.string(), nodeId: v.string() });
const address = { organization: v.string(), session: v.string() };

/** What nodes write to each other. `to` is the incarnation that is meant: a later life of the node is not. */
const NodeMessageSchema = v.variant('kind', [
  v.object({
    kind: v.literal('ask'),
    to: v.string(),
    from: addressee,
    /** Another one each time that a command is sent: who claims it carries it out. */
    askId: v.string(),
    ...address,
    command: CommandSchema,
  }),
  /** `elsewhere`: the session is not with this node, or not any more, and nothing was done. */
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
    /** `session.offered`: its owner has released it for this node. */
    notice: v.picklist(['outbox.queued', 'settings.changed', 'session.deleted', 'session.offered']),
  }),
  /** Somebody at `from` wants to see what a session does. */
  v.object({
    kind: v.literal('watch'),
    to: v.string(),
    from: addressee,
    watchId: v.string(),
    ...address,
    wish: v.picklist(['begin', 'goOn', 'end']),
  }),
  /** What it has done since the last letter; none is a sign of life. */
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
