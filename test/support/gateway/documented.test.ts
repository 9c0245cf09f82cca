import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDocumented, assertDocumentedEvent } from './documented.ts';

const page = { data: [], nextCursor: null };

function answer(status: number, json: unknown, headers: Record<string, string> = {}, target = '/api/v1/sessions') {
  const all: Record<string, string> = { 'content-type': 'application/json; charset=utf-8', ...headers };
  return { method: 'GET', target, status, json, header: (name: string) => all[name.toLowerCase()] ?? null };
}

function refusal(code: string, details: object = {}) {
  return { error: { code, message: 'no', details } };
}

test('an answer that is documented passes', () => {
  assert.doesNotThrow(() => assertDocumented(answer(200, page)));
  assert.doesNotThrow(() => assertDocumented(answer(429, refusal('too_many_requests'), { 'retry-after': '1' })));
  assert.doesNotThrow(() => assertDocumented(answer(404, refusal('not_found'), {}, '/nowhere')));
  assert.doesNotThrow(() => assertDocumented(answer(200, { status: 'ok' }, {}, 'http://127.0.0.1:1/%6civez?x=1')));
});

test('a status, a code, a body, a header or a media type that is not documented does not', () => {
  assert.throws(() => assertDocumented(answer(418, page)), /status is not documented/);
  assert.throws(() => assertDocumented(answer(404, refusal('not_found'))), /status is not documented/);
  assert.throws(() => assertDocumented(answer(429, refusal('rate_limited'))), /must be equal to one of/);
  assert.throws(() => assertDocumented(answer(200, { data: [] })), /nextCursor/);
  assert.throws(() => assertDocumented(answer(200, { ...page, total: 0 })), /additional properties/);
  assert.throws(() => assertDocumented(answer(200, { ...page, data: [{ id: 1 }] })), /must be string/);
  assert.throws(() => assertDocumented(answer(200, page, { 'retry-after': '1' })), /Retry-After/);
  assert.throws(() => assertDocumented(answer(200, page, { 'content-type': 'text/plain' })), /text\/plain/);
  assert.throws(() => assertDocumented(answer(200, page, {}, '/nowhere')), /not documented/);
});

test('an event that is not as documented does not pass', () => {
  const event = { schema: 'v1', id: 'evt_1', event: 'auth.qr', session: 's', organization: 'acme', timestamp: 1 };
  const payload = { code: 'code', expiresAt: 1 };

  assert.doesNotThrow(() => assertDocumentedEvent({ ...event, payload }));
  assert.throws(() => assertDocumentedEvent(event), /payload/);
  assert.throws(() => assertDocumentedEvent({ ...event, payload, event: 'news' }), /event/);
  assert.throws(() => assertDocumentedEvent({ ...event, payload: { ...payload, more: 1 } }), /additional/);
  assert.throws(() => assertDocumentedEvent({ ...event, payload, session: null }), /session/);
});
