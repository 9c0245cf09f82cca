import type { JsonSchema } from '@valibot/to-json-schema';
import { noBody } from '../request/validate.ts';
import type { Route } from '../routing/route.ts';
import { namedSchemas } from './components.ts';
import type { Content, MediaType, Operation, Parameter, Response } from './document-types.ts';
import { acceptsIdempotencyKey, errorResponsesOf, headersNamed } from './error-responses.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { tagOf } from './tags.ts';

/** A route as an operation of the document. */
export function operationOf(route: Route): Operation {
  return {
    operationId: route.id,
    tags: [tagOf(route.path).name],
    summary: route.summary,
    description: [accessOf(route), ...(route.description === null ? [] : [route.description])].join('\n\n'),
    security: securityOf(route),
    parameters: parametersOf(route),
    ...(route.reads.body.type !== noBody.type && { requestBody: bodyOf(route) }),
    responses: Object.fromEntries([...successesOf(route), ...errorResponsesOf(route)]),
  };
}

function accessOf({ capabilities, credential }: Route): string {
  if (capabilities === null) return 'Requires no credential.';
  const named = capabilities.map((name) => `\`${name}\``).join(' or ');
  return `Requires ${holders[credential ?? 'key']} with the capability ${named}.`;
}

const holders = {
  key: 'a credential',
  ticket: 'a ticket',
  'key or ticket': 'a credential or a ticket',
};

function securityOf({ credential }: Route): Operation['security'] {
  const schemes = { key: ['bearer', 'apiKey'], ticket: ['ticket'], 'key or ticket': ['bearer', 'apiKey', 'ticket'] };
  return credential === null ? [] : schemes[credential].map((scheme) => ({ [scheme]: [] }));
}

function parametersOf({ path, reads }: Route): Parameter[] {
  const { query, headers } = { query: schemaOf(reads.query), headers: schemaOf(reads.headers) };
  return [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => pathParameter(name)),
    ...parametersIn('query', query),
    ...parametersIn('header', headers),
  ];
}

/** Ids have no validation rules: an invalid id is answered like one that does not exist. */
function pathParameter(name: string): Parameter {
  return { name, in: 'path', required: true, description: ids[name] ?? 'An id.', schema: { type: 'string' } };
}

const ids: Readonly<Record<string, string>> = {
  session: 'The id of a session.',
  mid: 'The WhatsApp id of a message, `waMessageId`.',
  outboxId: 'The id of a send, `outboxId`.',
  gid: 'The JID of a group, `groupJid`.',
  id: 'The id of an api key.',
  build: "The hash of the console's files.",
  asset: 'The name of a file.',
};

function parametersIn(place: 'query' | 'header', { properties = {}, required = [] }: JsonSchema): Parameter[] {
  return Object.entries(properties).flatMap(([name, given]) => {
    if (typeof given === 'boolean') return [];
    const { description, ...schema } = given;
    const documented = description === undefined ? {} : { description };
    return [{ name, in: place, required: required.includes(name), ...documented, schema }];
  });
}

function bodyOf({ reads, examples }: Route): { required: boolean; content: Content } {
  const schema = schemaOf(reads.body);
  // An absent body is read as an empty object.
  const required = schema.required === undefined || schema.required.length > 0;
  return { required, content: { 'application/json': { schema, ...examplesOf(examples.body) } } };
}

function successesOf(route: Route): [string, Response][] {
  return route.statuses.map((status) => {
    const headers = headersNamed([
      ...(acceptsIdempotencyKey(route) ? ['Idempotency-Mismatch'] : []),
      ...varyHeaders(route),
    ]);
    const content = contentOf(route);
    const description = statusDescriptions[status] ?? 'Success.';
    return [String(status), { description, headers, ...(Object.keys(content).length > 0 && { content }) }];
  });
}

const statusDescriptions: Readonly<Record<number, string>> = {
  101: 'The connection is now a WebSocket; each text frame is an event.',
  200: 'Success.',
  201: 'Created.',
  202: 'Accepted: stored, and executed as soon as possible.',
  204: 'Success, without a body.',
  503: 'The process cannot serve requests now.',
};

function contentOf(route: Route): Content {
  if (route.returns?.type === noBody.type) return {};
  return Object.fromEntries(route.mediaTypes.map((mediaType) => [mediaType, mediaOf(route, mediaType)]));
}

function mediaOf({ returns, examples }: Route, mediaType: string): MediaType {
  if (mediaType === 'application/json') {
    return { schema: returns === null ? { type: 'object' } : schemaOf(returns), ...examplesOf(examples.answer) };
  }
  if (mediaType === 'text/event-stream' && returns !== null) {
    return { schema: { type: 'string' }, ...examplesOf(examples.answer), 'x-event': schemaOf(returns) };
  }
  // Binary content has no schema.
  return mediaType === 'image/png' ? {} : { schema: { type: 'string' } };
}

function varyHeaders({ mediaTypes }: Route): string[] {
  return mediaTypes.length > 1 ? ['Vary'] : [];
}

function examplesOf(given: Readonly<Record<string, unknown>> = {}): Pick<MediaType, 'examples'> {
  const entries = Object.entries(given).map(([name, value]) => [name, { value }]);
  return entries.length > 0 ? { examples: Object.fromEntries(entries) } : {};
}

function schemaOf(schema: Parameters<typeof jsonSchemaOf>[0]): JsonSchema {
  return jsonSchemaOf(schema, namedSchemas);
}
