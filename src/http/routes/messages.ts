import * as v from 'valibot';
import { GatewayError, unwrap } from '../../domain/errors.ts';
import { RecipientJidSchema } from '../../domain/jid.ts';
import { SendBodySchema, TextSchema, WaMessageIdSchema } from '../../domain/message.ts';
import { SendResultSchema } from '../../domain/outbox.ts';
import { onSession } from '../access.ts';
import { readJson } from '../body.ts';
import { IdempotencyKeySchema } from '../idempotency-key.ts';
import { nothing } from '../input.ts';
import { MediaBodySchema, skimMedia } from '../media-body.ts';
import { route } from '../route.ts';
import { BooleanParameterSchema } from '../validate.ts';

/** More than any message that can be sent takes. */
const maxMessageBytes = 1024 * 1024;

export const sendMessage = route({
  id: 'sendMessage',
  method: 'POST',
  path: '/api/v1/sessions/{session}/messages',
  summary: 'Send a message and wait until WhatsApp acknowledges it, or only queue it with async=true',
  access: onSession('send'),
  reads: {
    ...nothing,
    query: v.strictObject({ async: v.optional(BooleanParameterSchema, 'false') }),
    headers: v.object({ 'Idempotency-Key': IdempotencyKeySchema }),
    body: v.variant('type', [...SendBodySchema.options, MediaBodySchema]),
  },
  readBody: (request) => readJson(request, { maxBytes: maxMessageBytes, skim: skimMedia }),
  status: 200,
  otherwise: { status: 202, when: ({ status }) => status === 'queued' || status === 'sending' },
  returns: SendResultSchema,
  handler: async ({ address, query, headers, body, setHeader }, { sends }) => {
    if (v.is(MediaBodySchema, body)) throw notImplemented(`messages of type ${body.type} are not implemented`);
    const mode = query.async ? 'async' : 'sync';
    const idempotencyKey = headers['Idempotency-Key'];
    const { result, mismatch } = unwrap(await sends.send(address, body, { mode, idempotencyKey }));
    if (mismatch) setHeader('Idempotency-Mismatch', 'true');
    return result;
  },
});

export const editMessage = route({
  id: 'editMessage',
  method: 'PATCH',
  path: '/api/v1/sessions/{session}/messages/{mid}',
  summary: 'Replace the text of a message that this session sent',
  access: onSession('send'),
  reads: {
    ...nothing,
    params: v.strictObject({ mid: v.string() }),
    body: v.strictObject({ chat: RecipientJidSchema, text: TextSchema }),
  },
  status: 200,
  returns: SendResultSchema,
  handler: async ({ address, params: { mid }, body }, { sends }) => {
    if (!v.is(WaMessageIdSchema, mid)) throw new GatewayError({ code: 'not_found', message: 'message not found' });
    return unwrap(await sends.edit(address, { id: mid, ...body }));
  },
});

function notImplemented(message: string): GatewayError {
  return new GatewayError({ code: 'not_implemented', message });
}
