import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError, unwrap } from '../../../src/domain/errors.ts';
import { newSessionId } from '../../../src/domain/ids.ts';
import { routes } from '../../../src/http/routes/index.ts';
import { startApi } from '../support/api.ts';
import { errorOf } from '../support/envelope.ts';

const list = 'GET /api/v1/sessions';

test('every route under /api/v1 answers 401 without a key, whatever else is wrong with the request', async () => {
  await using api = await startApi();

  for (const { method, path } of routes.filter(({ capabilities }) => capabilities !== null)) {
    const target = `${method} ${path.replace('{session}', newSessionId())}?unknown=1`;
    const answer = await api.ask(target, method === 'POST' ? { body: 'no json' } : {});

    errorOf(answer, 401, 'unauthorized');
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
  }
});

test('a key is taken as a bearer token, with the scheme in any case, and as x-api-key', async () => {
  await using api = await startApi();
  const key = await api.key();

  for (const headers of [
    { authorization: `Bearer ${key}` },
    { authorization: `bearer  ${key}` },
    { 'x-api-key': key },
  ]) {
    assert.equal((await api.ask(list, { headers })).status, 200);
  }
});

test('a mistyped, an unknown and a revoked key, and a token of another kind, get the same 401', async () => {
  await using api = await startApi();
  const made = await api.keys.create({ organization: 'acme', name: 'x', capabilities: ['read'] });
  const { record, token: revoked } = unwrap(made);
  await api.keys.revoke('acme', record.id);
  const key = await api.key();
  const flipped = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;

  const texts = new Set<string>();
  for (const token of [revoked, flipped, 'wa_nothing', `${key}0`, 'eyJhbGciOiJub25lIn0.e30.', key.toUpperCase()]) {
    const answer = await api.ask(list, { headers: { authorization: `Bearer ${token}` } });
    errorOf(answer, 401, 'unauthorized');
    texts.add(answer.text);
  }
  assert.equal(texts.size, 1);
});

test('Authorization wins over x-api-key, also when it is of no use', async () => {
  await using api = await startApi();
  const [good, other] = [await api.key(), await api.key({ organization: 'globex' })];
  const session = await api.session();
  const get = `GET /api/v1/sessions/${session}`;

  const won = await api.ask(get, { headers: { authorization: `Bearer ${good}`, 'x-api-key': other } });
  const lost = await api.ask(get, { headers: { authorization: `Bearer ${other}`, 'x-api-key': good } });
  const basic = await api.ask(get, { headers: { authorization: 'Basic dXNlcjpwYXNz', 'x-api-key': good } });

  assert.deepEqual([won.status, lost.status, basic.status], [200, 404, 401]);
});

test('a key in the query string is not taken', async () => {
  await using api = await startApi();

  errorOf(await api.ask(`${list}?x-api-key=${await api.key()}`), 401, 'unauthorized');
});

test('a route asks for its capability, before it tells whether the session exists', async () => {
  await using api = await startApi();
  const session = await api.session();

  for (const { id, method, path, capabilities, credential } of routes) {
    if (capabilities === null || credential === 'ticket') continue;
    const others = (['read', 'send', 'manage'] as const).filter((one) => !capabilities.includes(one));
    for (const at of [session, newSessionId()]) {
      const key = await api.key({ capabilities: others });
      const answer = await api.ask(`${method} ${path.replace('{session}', at)}`, { key });
      const { details } = errorOf(answer, 403, 'forbidden');
      assert.deepEqual(details, { anyOf: capabilities }, id);
    }
  }
});

test('sessions can be read with read or with manage alone', async () => {
  await using api = await startApi();
  const session = await api.session();

  for (const capability of ['read', 'manage'] as const) {
    const key = await api.key({ capabilities: [capability] });
    assert.equal((await api.ask(list, { key })).status, 200);
    assert.equal((await api.ask(`GET /api/v1/sessions/${session}`, { key })).status, 200);
  }
});

test('a store that cannot be asked is 503 with Retry-After, not 401', async () => {
  const refusal = { code: 'unavailable', message: 'the store cannot be reached', retryAfterMs: 1500 } as const;
  const verify = async () => {
    throw new GatewayError(refusal);
  };
  await using api = await startApi({ apiKeys: { verify } });

  const answer = await api.ask(list, { key: 'wa_any' });

  errorOf(answer, 503, 'unavailable');
  assert.equal(answer.headers.get('retry-after'), '2');
});
