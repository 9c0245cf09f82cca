import * as v from 'valibot';
import { GatewayError, unwrap } from '../../domain/errors.ts';
import { RecipientJidSchema } from '../../domain/jid.ts';
import { SendBodySchema } from '../../domain/message.ts';
import { SendResultSchema } from '../../domain/outbox.ts';
import { onSession } from '../access.ts';
import { nothing, route } from '../route.ts';
import { BooleanParameterSchema } from '../validate.ts';

const mediaTypes = ['image', 'video', 'audio', 'document', 'sticker'] as const;
const unbuiltTypes = ['poll', 'location', 'contact'] as const;

/** Types that are refused as soon as it is clear to whom they would go; what else they carry is not looked at. */
const RefusedBodySchema = v.looseObject({
  to: RecipientJidSchema,
  type: v.picklist([...unbuiltTypes, ...mediaTypes]),
});

export const sendMessage = route({
  id: 'sendMessage',
  method: 'POST',
  path: '/api/v1/sessions/{session}/messages',
  summary: 'Send a message and wait until WhatsApp acknowledges it',
  access: onSession('send'),
  reads: {
    ...nothing,
    query: v.strictObject({ async: v.optional(BooleanParameterSchema, 'false') }),
    body: v.variant('type', [...SendBodySchema.options, RefusedBodySchema]),
  },
  status: 200,
  returns: SendResultSchema,
  handler: async ({ address, query, body }, { sessions }) => {
    if (body.type !== 'text') throw notImplemented(`messages of type ${body.type} are not implemented`);
    if (query.async) throw notImplemented('async=true is not implemented; leave it out and the answer will wait');
    const { to, ...content } = body;
    return unwrap(await sessions.send(address, { to, content }));
  },
});

function notImplemented(message: string): GatewayError {
  return new GatewayError({ code: 'not_implemented', message });
}
