import type * as v from 'valibot';
import { SendResultSchema } from '../../domain/outbox.ts';
import { ErrorEnvelopeSchema } from '../response/errors.ts';
import { ApiKeySchema } from '../response/present-api-key.ts';
import { GroupMemberSchema, GroupSchema } from '../response/present-group.ts';
import { OutboxEntrySchema } from '../response/present-outbox.ts';
import { LinkCodeSchema, SessionSchema } from '../response/session-schema.ts';
import { EnvelopeSchema } from '../streams/envelope.ts';
import type { Header, SecurityScheme } from './document-types.ts';

/** What has a name of its own, and is referred to by it wherever it comes. */
export const namedSchemas: Readonly<Record<string, v.GenericSchema>> = {
  Session: SessionSchema,
  LinkCode: LinkCodeSchema,
  SendResult: SendResultSchema,
  OutboxEntry: OutboxEntrySchema,
  Group: GroupSchema,
  GroupMember: GroupMemberSchema,
  ApiKey: ApiKeySchema,
  Event: EnvelopeSchema,
  Error: ErrorEnvelopeSchema,
};

const text = { type: 'string' } as const;

/** Headers of answers. */
export const headers: Record<string, Header> = {
  'X-Request-Id': {
    description: "The request's id: the caller's own `X-Request-Id`, if it is well formed, or one that is made.",
    schema: text,
  },
  'X-Trace-Id': {
    description:
      "The request's trace: that of the caller's `traceparent` (W3C Trace Context), if it is valid, or one that is made.",
    schema: { ...text, pattern: '^[0-9a-f]{32}$' },
  },
  'Retry-After': {
    description: 'In how many seconds trying again makes sense. Missing where it makes none.',
    schema: { type: 'integer', minimum: 1 },
  },
  RateLimit: {
    description: 'Of the limit that was met: `r`, the sends that are left; `t`, the seconds until there is one more.',
    schema: { ...text, examples: ['"session";r=0;t=3'] },
  },
  'RateLimit-Policy': {
    description: 'The limit that was met: `q` sends in a window of `w` seconds.',
    schema: { ...text, examples: ['"session";q=20;w=60'] },
  },
  'WWW-Authenticate': { description: 'How to bring a credential.', schema: text },
  'Idempotency-Mismatch': {
    description: 'There when the key came before with another body or session: this is the result of that request.',
    schema: { const: 'true' },
  },
  Vary: { description: 'The answer has other forms.', schema: text },
};

/** By the name that operations refer to it by; see `securityOf`. */
export const securitySchemes: Record<string, SecurityScheme> = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'an api key (wa_…) or a login token (JWT)',
    description: 'An api key, or a login token of a person, as `Authorization: Bearer …`.',
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An api key. Login tokens are not taken.' },
  ticket: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'A ticket for one WebSocket, because a browser cannot send a key along.',
  },
};
