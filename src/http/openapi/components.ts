import type * as v from 'valibot';
import { SendResultSchema } from '../../domain/outbox.ts';
import { ErrorEnvelopeSchema } from '../response/errors.ts';
import { ApiKeySchema } from '../response/present-api-key.ts';
import { GroupMemberSchema, GroupSchema } from '../response/present-group.ts';
import { OutboxEntrySchema } from '../response/present-outbox.ts';
import { LinkCodeSchema, PasskeyAnswerSchema, SessionSchema } from '../response/session-schema.ts';
import { EnvelopeSchema } from '../streams/envelope.ts';
import type { Header, SecurityScheme } from './document-types.ts';

/** The schemas under `#/components/schemas`, which others refer to by name. */
export const namedSchemas: Readonly<Record<string, v.GenericSchema>> = {
  Session: SessionSchema,
  LinkCode: LinkCodeSchema,
  Passkey: PasskeyAnswerSchema,
  SendResult: SendResultSchema,
  OutboxEntry: OutboxEntrySchema,
  Group: GroupSchema,
  GroupMember: GroupMemberSchema,
  ApiKey: ApiKeySchema,
  Event: EnvelopeSchema,
  Error: ErrorEnvelopeSchema,
};

const text = { type: 'string' } as const;

/** Response headers. */
export const headers: Record<string, Header> = {
  'X-Request-Id': {
    description: "The request's id: the client's own `X-Request-Id`, if it is well formed, or a generated one.",
    schema: text,
  },
  'X-Trace-Id': {
    description:
      "The request's trace: that of the client's `traceparent` (W3C Trace Context), if it is valid, or a generated one.",
    schema: { ...text, pattern: '^[0-9a-f]{32}$' },
  },
  'Retry-After': {
    description: 'Retry after this many seconds. Absent when a retry cannot help.',
    schema: { type: 'integer', minimum: 1 },
  },
  RateLimit: {
    description: 'For the limit that was reached: `r`, the sends left; `t`, the seconds until the next one.',
    schema: { ...text, examples: ['"session";r=0;t=3'] },
  },
  'RateLimit-Policy': {
    description: 'The limit that was reached: `q` sends in a window of `w` seconds.',
    schema: { ...text, examples: ['"session";q=20;w=60'] },
  },
  'WWW-Authenticate': { description: 'The accepted authentication scheme.', schema: text },
  'Idempotency-Mismatch': {
    description: 'Present when the key was used with another body or session: this is the result of that request.',
    schema: { const: 'true' },
  },
  Vary: { description: 'The request headers that select the representation.', schema: text },
};

/** By the name that operations refer to it by; see `securityOf`. */
export const securitySchemes: Record<string, SecurityScheme> = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'an api key (wa_…) or a login token (JWT)',
    description: 'An api key, or a login token of a person, as `Authorization: Bearer …`.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'An api key. Login tokens are not accepted here.',
  },
  ticket: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'A ticket for one WebSocket, for browsers, which cannot set headers of a WebSocket.',
  },
};
