import * as v from 'valibot';
import { GatewayError, unwrap } from '../../domain/errors.ts';
import { RecipientJidSchema } from '../../domain/jid.ts';
import { MentionsSchema, SendBodySchema, TextSchema, WaMessageIdSchema } from '../../domain/message.ts';
import { SendResultSchema } from '../../domain/outbox.ts';
import { sessionAccess } from '../auth/route-access.ts';
import { readJson } from '../request/body.ts';
import { IdempotencyKeySchema } from '../request/idempotency-key.ts';
import { nothing } from '../request/input.ts';
import { detectMedia, MediaBodySchema } from '../request/media-refusal.ts';
import { BooleanParameterSchema } from '../request/validate.ts';
import { route } from '../routing/route.ts';
import { messages, queued, recipient, sent } from './examples.ts';

/** Larger than any valid message. */
const maxMessageBytes = 1024 * 1024;

export const sendMessage = route({
  id: 'sendMessage',
  method: 'POST',
  path: '/api/v1/sessions/{session}/messages',
  summary: 'Send a message and wait until WhatsApp acknowledges it, or only queue it with async=true',
  description: `The response is sent when WhatsApp has acknowledged this message. 502 means that it was refused, 504 that the outcome is not known yet: the gateway settles it, and reports the result in the outbox and in an event.

With \`async=true\` the response is a 202 as soon as the message is stored. A request with an \`Idempotency-Key\` may be repeated after any failure: the message is sent once, and repetitions get its result with \`replayed\`, or a 202 while the first request is still queued or in flight.

\`image\`, \`video\`, \`audio\`, \`document\` and \`sticker\` are not implemented yet and get a 501.`,
  access: sessionAccess('send'),
  reads: {
    ...nothing,
    query: v.strictObject({
      async: v.optional(v.pipe(BooleanParameterSchema, v.description('Queue the message and answer 202.')), 'false'),
    }),
    headers: v.object({ 'Idempotency-Key': IdempotencyKeySchema }),
    body: v.variant('type', [...SendBodySchema.options, MediaBodySchema]),
  },
  readBody: (request) => readJson(request, { maxBytes: maxMessageBytes, skim: detectMedia }),
  status: 200,
  alternative: { status: 202, when: ({ status }) => status === 'queued' || status === 'sending' },
  returns: SendResultSchema,
  refuses: [
    'conflict',
    'idempotency_mismatch',
    'rate_limited',
    'queue_full',
    'not_implemented',
    'upstream_error',
    'timeout',
  ],
  examples: { body: messages, answer: { acknowledged: sent, queued } },
  handler: async ({ address, query, headers, body, traceId, setHeader, setOutboxId }, { sends }) => {
    if (v.is(MediaBodySchema, body)) throw notImplemented(`messages of type ${body.type} are not implemented yet`);
    const mode = query.async ? 'async' : 'sync';
    const idempotencyKey = headers['Idempotency-Key'];
    const { result, mismatch } = unwrap(await sends.send(address, body, { mode, idempotencyKey, traceId }));
    setOutboxId(result.outboxId);
    if (mismatch) setHeader('Idempotency-Mismatch', 'true');
    return result;
  },
});

export const editMessage = route({
  id: 'editMessage',
  method: 'PATCH',
  path: '/api/v1/sessions/{session}/messages/{mid}',
  summary: 'Replace the text of a message that this session sent',
  access: sessionAccess('send'),
  reads: {
    ...nothing,
    params: v.strictObject({ mid: v.string() }),
    body: v.strictObject({ chat: RecipientJidSchema, text: TextSchema, mentions: v.optional(MentionsSchema, []) }),
  },
  status: 200,
  returns: SendResultSchema,
  refuses: ['queue_full', 'not_implemented', 'upstream_error', 'timeout'],
  examples: {
    body: { edit: { chat: recipient, text: 'My first message, corrected' } },
    answer: { acknowledged: sent },
  },
  handler: async ({ address, params: { mid }, body, traceId, setOutboxId }, { sends }) => {
    if (!v.is(WaMessageIdSchema, mid)) throw new GatewayError({ code: 'not_found', message: 'message not found' });
    const result = unwrap(await sends.edit(address, { id: mid, ...body, traceId }));
    setOutboxId(result.outboxId);
    return result;
  },
});

function notImplemented(message: string): GatewayError {
  return new GatewayError({ code: 'not_implemented', message });
}
