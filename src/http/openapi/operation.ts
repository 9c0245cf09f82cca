import type { JsonSchema } from '@valibot/to-json-schema';
import { noBody } from '../request/validate.ts';
import type { Route } from '../routing/route.ts';
import { namedSchemas } from './components.ts';
import type { Content, MediaType, Operation, Parameter, Response } from './document-types.ts';
import { headersNamed, isKeyed, refusedOf } from './error-responses.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { tagOf } from './tags.ts';

/** A route as an operation of the document. */
export function operationOf(route: Route): Operation {
  return {
    operationId: route.id,
    tags: [tagOf(route.path).name],
    summary: route.summary,
    description: [needsOf(route), ...(route.description === null ? [] : [route.description])].join('\n\n'),
    security: securityOf(route),
    parameters: parametersOf(route),
    ...(route.reads.body.type !== noBody.type && { requestBody: bodyOf(route) }),
    responses: Object.fromEntries([...successesOf(route), ...refusedOf(route)]),
  };
}

function needsOf({ capabilities, credential }: Route): string {
  if (capabilities === null) return 'Needs no credential.';
  const named = capabilities.map((name) => `\`${name}\``).join(' or ');
  return `Needs the capability ${named}${of[credential ?? 'key']}.`;
}

/** What the capability is to be of. */
const of = { key: '', ticket: ', of a ticket', 'key or ticket': ', of a key or of a ticket' };

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

/** What is not the id of anything is answered like what does not exist, so there is no rule for it. */
function pathParameter(name: string): Parameter {
  return { name, in: 'path', required: true, description: ids[name] ?? 'An id.', schema: { type: 'string' } };
}

const ids: Readonly<Record<string, string>> = {
  session: 'The id of a session.',
  mid: 'The WhatsApp id of a message, `waMessageId`.',
  outboxId: 'The id of a send, `outboxId`.',
  gid: 'The JID of a group, `groupJid`.',
  id: 'The id of an api key.',
  build: 'The hash of what the console consists of.',
  asset: 'The name of a file.',
};

function parametersIn(place: 'query' | 'header', { properties = {}, required = [] }: JsonSchema): Parameter[] {
  return Object.entries(properties).flatMap(([name, given]) => {
    if (typeof given === 'boolean') return [];
    const { description, ...schema } = given;
    const told = description === undefined ? {} : { description };
    return [{ name, in: place, required: required.includes(name), ...told, schema }];
  });
}

function bodyOf({ reads, examples }: Route): { required: boolean; content: Content } {
  const schema = schemaOf(reads.body);
  // An absent body is read as an empty object.
  const required = schema.required === undefined || schema.required.length > 0;
  return { required, content: { 'application/json': { schema, ...told(examples.body) } } };
}

function successesOf(route: Route): [string, Response][] {
  return route.statuses.map((status) => {
    const headers = headersNamed([...(isKeyed(route) ? ['Idempotency-Mismatch'] : []), ...varying(route)]);
    const content = contentOf(route);
    const description = meanings[status] ?? 'Done.';
    return [String(status), { description, headers, ...(Object.keys(content).length > 0 && { content }) }];
  });
}

const meanings: Readonly<Record<number, string>> = {
  101: 'The connection is a WebSocket from now on; each text frame is an event.',
  200: 'Done.',
  201: 'It exists now.',
  202: 'It is stored, and will be done as soon as that is possible.',
  204: 'Done; there is nothing to tell.',
  503: 'The process cannot do its work now.',
};

function contentOf(route: Route): Content {
  if (route.returns?.type === noBody.type) return {};
  return Object.fromEntries(route.mediaTypes.map((mediaType) => [mediaType, mediaOf(route, mediaType)]));
}

function mediaOf({ returns, examples }: Route, mediaType: string): MediaType {
  if (mediaType === 'application/json') {
    return { schema: returns === null ? { type: 'object' } : schemaOf(returns), ...told(examples.answer) };
  }
  if (mediaType === 'text/event-stream' && returns !== null) {
    return { schema: { type: 'string' }, ...told(examples.answer), 'x-event': schemaOf(returns) };
  }
  // Bytes have no schema.
  return mediaType === 'image/png' ? {} : { schema: { type: 'string' } };
}

function varying({ mediaTypes }: Route): string[] {
  return mediaTypes.length > 1 ? ['Vary'] : [];
}

function told(given: Readonly<Record<string, unknown>> = {}): Pick<MediaType, 'examples'> {
  const entries = Object.entries(given).map(([name, value]) => [name, { value }]);
  return entries.length > 0 ? { examples: Object.fromEntries(entries) } : {};
}

function schemaOf(schema: Parameters<typeof jsonSchemaOf>[0]): JsonSchema {
  return jsonSchemaOf(schema, namedSchemas);
}
