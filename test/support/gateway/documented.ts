import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { documentOf } from '../../../src/http/openapi/document.ts';
import type { Operation, Response } from '../../../src/http/openapi/document-types.ts';
import { routes } from '../../../src/http/routes/index.ts';

/** What came back for a request. */
export interface Given {
  method: string;
  /** The request target, with or without the address of the gateway. */
  target: string;
  status: number;
  header(name: string): string | null;
  /** The parsed body if it is JSON, otherwise undefined. */
  json?: unknown;
}

const document = documentOf(routes);
// What OpenAPI adds to a schema is no fault of it, and the rest of the document is none.
const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false }).addSchema(document, 'openapi');
/** By place in the document; most tests need few of them. */
const validators = new Map<string, ValidateFunction>();

/** Headers that have a meaning of ours, so that an answer has them only where the document says so. */
const told = Object.keys(document.components.headers).filter((name) => name !== 'Vary');

/** Throws unless the OpenAPI document says that this answer can come to this request. */
export function assertDocumented(given: Given): void {
  const found = operationFor(given);
  const label = `${given.method} ${found?.path ?? 'elsewhere'} → ${given.status}`;
  if (given.method === 'OPTIONS' && given.status === 204) return;
  if (found === null) assertElsewhere(given, label);
  else assertAnswer(given, found, label);
}

/** Throws unless this is an event as the document describes it. */
export function assertDocumentedEvent(event: unknown): void {
  assertValid('#/components/schemas/Event', event, 'event');
}

/** What is no operation: nothing is there, or the request cannot be read. */
function assertElsewhere({ status, json }: Given, label: string): void {
  assert(status === 404 || status === 400 || status === 503, `${label}: not documented`);
  assertValid('#/components/schemas/Error', json, label);
}

interface Found {
  path: string;
  method: string;
  operation: Operation;
}

/** Every operation, with the paths that are its own. */
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation, pattern: patternOf(path) })),
);

function assertAnswer(given: Given, { path, method, operation }: Found, label: string): void {
  const entry = operation.responses[String(given.status)];
  assert(entry !== undefined, `${label}: this status is not documented`);
  const place = '$ref' in entry ? entry.$ref : placeOf(path, method, String(given.status));
  const response = '$ref' in entry ? document.components.responses[entry.$ref.replace(/^.*\//, '')] : entry;
  assert(response !== undefined, `${label}: ${place} is missing in the document`);
  assertHeaders(given, response, label);
  if (given.method !== 'HEAD') assertBody(given, response, place, label);
}

function assertHeaders(given: Given, { headers }: Response, label: string): void {
  const undocumented = told.filter((name) => given.header(name) !== null && !(name in headers));
  assert.deepEqual(undocumented, [], `${label}: headers that are not documented`);
}

function assertBody(given: Given, { content }: Response, place: string, label: string): void {
  const [mediaType = ''] = (given.header('content-type') ?? '').split(';');
  if (content === undefined) {
    assert.equal(given.json, undefined, `${label}: a body that is not documented`);
    return;
  }
  assert(mediaType in content, `${label}: ${mediaType || 'no type'} is not documented`);
  if (mediaType !== 'application/json') return;
  assertValid(schemaIn(place), given.json, label);
}

function assertValid(place: string, value: unknown, label: string): void {
  const validate = validators.get(place) ?? ajv.compile({ $ref: `openapi${place}` });
  validators.set(place, validate);
  assert(validate(value), `${label}: ${ajv.errorsText(validate.errors)}`);
}

function operationFor({ method, target }: Given): Found | null {
  const path = new URL(target, 'http://gateway').pathname.split('/').map(decoded).join('/');
  const wanted = method === 'HEAD' ? 'get' : method.toLowerCase();
  return operations.find((operation) => operation.method === wanted && operation.pattern.test(path)) ?? null;
}

/** A slash in a segment does not divide it. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment).replaceAll('/', ' ');
  } catch {
    return '';
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`, 's');
}

/** A name as a step of a JSON pointer (RFC 6901) in a reference. */
function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function placeOf(path: string, method: string, status: string): string {
  return `#/paths/${escaped(path)}/${method}/responses/${status}`;
}

/** Where the schema of the JSON of a response is. */
function schemaIn(response: string): string {
  return `${response}/content/${escaped('application/json')}/schema`;
}
