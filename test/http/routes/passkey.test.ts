import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Passkey } from '../../../src/domain/passkey.ts';
import { Authenticator } from '../../support/authenticator.ts';
import { startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

const options = { challenge: 'FC6vcJgP-Ov_66yfWgoh1w', rpId: 'whatsapp.com' as const, extensions: { uvm: true } };
const asked: Passkey = { stage: 'assertion', options, code: null, expiresAt: 1_700_000_600_000 };
const assertion = new Authenticator().assert(options);

async function linking() {
  const api = await startApi();
  const [key, session] = [await api.key(), await api.session()];
  const path = `/api/v1/sessions/${session}/passkey`;
  return { api, key, path };
}

test('the challenge is shown while it is to be signed, and the code while it is to be compared', async () => {
  const { api, key, path } = await linking();
  await using _ = api;
  errorOf(await api.ask(`GET ${path}`, { key }), 409, 'conflict');

  api.sessions.asked = asked;
  const { expiresAt } = asked;
  const shown = await api.ask(`GET ${path}`, { key });
  assert.deepEqual(shown.json, { stage: 'assertion', publicKey: options, code: null, expiresAt });
  assert.equal(shown.headers.get('cache-control'), 'no-store');

  api.sessions.asked = { ...asked, stage: 'confirmation', code: 'ABCD1234' };
  const compared = await api.ask(`POST ${path}/confirm`, { key });
  assert.deepEqual(compared.json, { stage: 'confirmation', publicKey: null, code: 'ABCD-1234', expiresAt });
});

test('only who may manage sees and answers it, and only of the own organization', async () => {
  const { api, path } = await linking();
  await using _ = api;
  api.sessions.asked = asked;
  const reader = await api.key({ capabilities: ['read', 'send'] });
  const stranger = await api.key({ organization: 'globex' });

  for (const [request, json] of [
    [`GET ${path}`, undefined],
    [`POST ${path}`, assertion],
    [`POST ${path}/confirm`, undefined],
  ] as const) {
    const body = json === undefined ? {} : { json };
    errorOf(await api.ask(request, body), 401, 'unauthorized');
    errorOf(await api.ask(request, { key: reader, ...body }), 403, 'forbidden');
    errorOf(await api.ask(request, { key: stranger, ...body }), 404, 'not_found');
  }
});

test('an assertion is taken as a browser makes it, and with nothing else', async () => {
  const { api, key, path } = await linking();
  await using _ = api;
  api.sessions.asked = { ...asked, stage: 'waiting' };
  const { authenticatorAttachment: _attachment, clientExtensionResults: _results, ...least } = assertion;

  for (const json of [assertion, least]) assert.equal((await api.ask(`POST ${path}`, { key, json })).status, 200);

  issuesOf(await api.ask(`POST ${path}`, { key, json: { ...assertion, id: '+/==' } }), 'id');
  issuesOf(await api.ask(`POST ${path}`, { key, json: { ...assertion, type: 'password' } }), 'type');
  issuesOf(await api.ask(`POST ${path}`, { key, json: { ...assertion, phone: '1' } }), 'phone');
});
