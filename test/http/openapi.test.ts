import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { type ErrorCode, errorCodes } from '../../src/domain/errors.ts';
import { documentOf } from '../../src/http/openapi/document.ts';
import type { MediaType, Operation } from '../../src/http/openapi/document-types.ts';
import { errorCodesOf } from '../../src/http/openapi/error-docs.ts';
import { jsonSchemaOf } from '../../src/http/openapi/json-schema.ts';
import { statusOf } from '../../src/http/response/errors.ts';
import { routes } from '../../src/http/routes/index.ts';
import type { Route } from '../../src/http/routing/route.ts';
import { startApi } from './support/api.ts';

const document = documentOf(routes);

const ValidSchema = v.looseObject({ valid: v.boolean(), errors: v.optional(v.unknown()) });

/** A copy that is nothing but JSON. */
function copy(value: unknown): Record<string, unknown> {
  return v.parse(v.record(v.string(), v.unknown()), JSON.parse(JSON.stringify(value)));
}

function operation({ path, method }: Route): Operation {
  const found = document.paths[path]?.[method.toLowerCase()];
  assert(found !== undefined, path);
  return found;
}

function mediaOf(route: Route): [string, MediaType][] {
  const { requestBody, responses } = operation(route);
  const answers = Object.values(responses).flatMap((answer) =>
    '$ref' in answer ? [] : Object.values(answer.content ?? {}),
  );
  return [...Object.values(requestBody?.content ?? {}), ...answers].map((media) => [route.id, media]);
}

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = v.parse(ValidSchema, await validator.validate(copy(document)));

  assert.deepEqual(result.errors, undefined);
  assert.equal(result.valid, true);
  assert.equal(validator.version, '3.1');
});

test('a document that is not valid is told from one that is', async () => {
  const broken = copy({ ...document, paths: { '/livez': { get: { responses: { 200: {} } } } } });

  assert.equal(v.parse(ValidSchema, await new Validator().validate(broken)).valid, false);
});

test('every route is in the document, under its id, and nothing else is', () => {
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`),
  );

  assert.deepEqual(new Set(documented), new Set(routes.map(({ id, method, path }) => `${id}: ${method} ${path}`)));
  assert.equal(documented.length, routes.length);
});

test('it is served to everybody, as it is', async () => {
  await using api = await startApi();

  const answer = await api.ask('GET /openapi.json');

  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.deepEqual(answer.json, copy(document));
  assert.equal((await api.ask('GET /openapi.json', { key: 'wa_wrong' })).status, 200);
});

test('each reference leads somewhere, and each schema compiles', () => {
  const ajv = new Ajv2020({ strict: false, validateSchema: true }).addSchema(
    copy(document),
    'openapi',
    undefined,
    false,
  );
  const places = [...JSON.stringify(document).matchAll(/"\$ref":"(#[^"]+)"/g)].map(([, place = '']) => place);

  assert(places.length > 100);
  for (const place of new Set(places)) assert.doesNotThrow(() => ajv.compile({ $ref: `openapi${place}` }), place);
});

test('what needs a credential says which, and what needs none does not', () => {
  for (const route of routes) {
    const schemes = operation(route).security.flatMap((one) => Object.keys(one));
    const [key, ticket] = [['bearer', 'apiKey'], ['ticket']];
    const expected = { key, ticket, 'key or ticket': [...key, ...ticket], none: [] }[route.credential ?? 'none'];
    assert.deepEqual(schemes, expected, route.id);
    for (const scheme of schemes) assert(scheme in document.components.securitySchemes);
  }
});

test('every body and every JSON answer has an example, and its schema takes it', () => {
  const ajv = new Ajv2020({ strict: false, validateSchema: false }).addSchema(copy(document), 'openapi');
  const withSchema = routes
    .flatMap(mediaOf)
    .filter(([, { schema, 'x-event': event }]) => schema?.type !== 'string' && !event);
  const checked = withSchema.filter(([id, { schema }]) => schema !== undefined && id !== 'getOpenApi');

  assert(checked.length > 30);
  for (const [id, { schema, examples = {} }] of checked) {
    assert(Object.keys(examples).length > 0, `${id} has no example`);
    const local: unknown = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'));
    const validate = ajv.compile(v.parse(v.record(v.string(), v.unknown()), local));
    for (const { value } of Object.values(examples))
      assert(validate(value), `${id}: ${ajv.errorsText(validate.errors)}`);
  }
});

test('the examples of bodies are taken by the routes themselves', () => {
  const examples = routes.flatMap(({ id, reads, examples }) =>
    Object.values(examples.body ?? {}).map((body) => ({ id, schema: reads.body, body })),
  );

  assert(examples.length > 8);
  for (const { id, schema, body } of examples) assert(v.is(schema, body), id);
});

test('every error code is documented with its status, on some route', () => {
  const documented = new Map<ErrorCode, number>();
  for (const route of routes) {
    for (const [status, codes] of errorCodesOf(route)) for (const code of codes) documented.set(code, status);
  }

  assert.deepEqual(new Set(documented.keys()), new Set(errorCodes));
  for (const [code, status] of documented) assert.equal(status, statusOf(code));
});

test('a route with a credential can answer 401, 403 and 429, one with a session 404, one with a body 413 and 415', () => {
  for (const route of routes) {
    const statuses = new Set(Object.keys(operation(route).responses));
    const expected = [
      ...(route.credential === 'key' ? ['401', '403', '429'] : []),
      ...(route.path.includes('{session}') ? ['404'] : []),
      ...('requestBody' in operation(route) ? ['413', '415'] : []),
      ...['400', '500'],
    ];
    for (const status of expected) assert(statuses.has(status), `${route.id} ${status}`);
  }
});

test('lengths and items of a list, and what a parameter becomes, are told', () => {
  const { mentions } = propertiesOf('sendMessage');
  const listed = routes.find(({ id }) => id === 'listSessions');
  assert(listed !== undefined);
  const [limit] = operation(listed).parameters;

  assert.equal(mentions?.maxItems, 256);
  assert.equal(typeof mentions?.items === 'object' && 'pattern' in mentions.items, true);
  assert.deepEqual([limit?.name, limit?.schema], ['limit', { type: 'integer', default: 50 }]);
});

function propertiesOf(id: string): Record<string, ReturnType<typeof jsonSchemaOf>> {
  const route = routes.find((one) => one.id === id);
  assert(route !== undefined);
  const [text] = operation(route).requestBody?.content['application/json']?.schema?.oneOf ?? [];
  assert(typeof text === 'object');
  return Object.fromEntries(
    Object.entries(text.properties ?? {}).flatMap(([name, one]) => (typeof one === 'object' ? [[name, one]] : [])),
  );
}

test('a schema that JSON Schema cannot express is refused, not omitted', () => {
  assert.throws(() => jsonSchemaOf(v.date(), {}), /date/);
  assert.throws(() => jsonSchemaOf(v.pipe(v.string(), v.maxBytes(3)), {}), /max_bytes/);
  assert.throws(() => jsonSchemaOf(v.pipe(v.string(), v.regex(/a/s)), {}), /flags/);
});
