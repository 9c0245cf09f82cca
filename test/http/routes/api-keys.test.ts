import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { newApiKeyId } from '../../../src/domain/ids.ts';
import { pageOf } from '../../../src/http/request/pagination.ts';
import { ApiKeySchema } from '../../../src/http/response/present-api-key.ts';
import { Issuer } from '../../support/gateway/issuer.ts';
import { loginsOf } from '../auth/jwt/support.ts';
import { type Answer, type Api, startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';
import { realtime, refusalOf, ticketFor } from '../support/realtime.ts';
import { follow, publish } from '../support/streams.ts';

const keys = '/api/v1/api-keys';
const CreatedSchema = v.strictObject({ ...ApiKeySchema.entries, key: v.string() });
const soon = { verifyMs: 20 };

const createdBy = ({ json }: Answer) => v.parse(CreatedSchema, json);
const listedBy = ({ json }: Answer) => v.parse(pageOf(ApiKeySchema), json);

function make(api: Api, key: string, body: object): Promise<Answer> {
  return api.ask(`POST ${keys}`, { key, json: body });
}

test('a key that is made works at once, with what it was given, and is told this once', async () => {
  await using api = await startApi();
  const key = await api.key();

  const answer = await make(api, key, { name: ' shop ', capabilities: ['read'] });

  assert.equal(answer.status, 201);
  const { key: made, ...shown } = createdBy(answer);
  assert.match(made, /^wa_[0-9A-Z]{26}_[0-9a-f]{72}$/);
  assert.equal(shown.name, 'shop');
  assert.equal((await api.ask('GET /api/v1/sessions', { key: made })).status, 200);
  errorOf(await api.ask('POST /api/v1/sessions', { key: made, json: {} }), 403, 'forbidden');
  const list = await api.ask(`GET ${keys}`, { key });
  assert.ok(!list.text.includes(made.slice(-72)));
  assert.deepEqual(
    listedBy(list).data.map(({ name }) => name),
    ['test', 'shop'],
  );
});

test('keys are listed in pages, oldest first, and only those of the organization', async () => {
  await using api = await startApi();
  const key = await api.key({ organization: 'globex' });
  await api.key({ name: 'of acme' });
  for (const name of ['a', 'b']) await make(api, key, { name, capabilities: ['send'] });

  const first = listedBy(await api.ask(`GET ${keys}?limit=2`, { key }));
  const second = listedBy(await api.ask(`GET ${keys}?limit=2&cursor=${first.nextCursor}`, { key }));

  assert.deepEqual(
    [...first.data, ...second.data].map(({ name }) => name),
    ['test', 'a', 'b'],
  );
  assert.equal(second.nextCursor, null);
});

test('a revoked key lets nobody in, is still listed, and may be revoked again', async () => {
  await using api = await startApi();
  const key = await api.key();
  const { id, key: made } = createdBy(await make(api, key, { name: 'x', capabilities: ['read'] }));

  assert.equal((await api.ask(`DELETE ${keys}/${id}`, { key })).status, 204);

  errorOf(await api.ask('GET /api/v1/sessions', { key: made }), 401, 'unauthorized');
  assert.equal((await api.ask(`DELETE ${keys}/${id}`, { key })).status, 204);
  const shown = listedBy(await api.ask(`GET ${keys}`, { key })).data.find((one) => one.id === id);
  assert.ok((shown?.revokedAt ?? 0) > 0);
});

test("another organization's key is the same as none", async () => {
  await using api = await startApi();
  const key = await api.key();
  const { id, key: made } = createdBy(await make(api, key, { name: 'x', capabilities: ['read'] }));
  const stranger = await api.key({ organization: 'globex' });

  const foreign = await api.ask(`DELETE ${keys}/${id}`, { key: stranger });
  const missing = await api.ask(`DELETE ${keys}/${newApiKeyId()}`, { key: stranger });

  errorOf(foreign, 404, 'not_found');
  assert.equal(foreign.text, missing.text);
  assert.equal((await api.ask(`DELETE ${keys}/nonsense`, { key: stranger })).text, missing.text);
  assert.equal((await api.ask('GET /api/v1/sessions', { key: made })).status, 200);
});

test('a key expires at its time', async () => {
  let now = Date.now();
  await using api = await startApi({ now: () => now });
  const key = await api.key();
  const expiresAt = now + 60_000;
  const { key: made } = createdBy(await make(api, key, { name: 'x', capabilities: ['read'], expiresAt }));
  const ask = async () => (await api.ask('GET /api/v1/sessions', { key: made })).status;

  now = expiresAt - 1;
  assert.equal(await ask(), 200);
  now = expiresAt;
  assert.equal(await ask(), 401);
  issuesOf(await make(api, key, { name: 'y', capabilities: ['read'], expiresAt }), 'expiresAt');
});

test('the last use of a key is told to the minute', async () => {
  let now = Date.now();
  await using api = await startApi({ now: () => now });
  const key = await api.key();
  const { id, key: made } = createdBy(await make(api, key, { name: 'x', capabilities: ['read'] }));
  const lastUsedAt = async () =>
    listedBy(await api.ask(`GET ${keys}`, { key })).data.find((one) => one.id === id)?.lastUsedAt;
  const use = () => api.ask('GET /api/v1/sessions', { key: made });

  assert.equal(await lastUsedAt(), null);
  const first = now;
  await use();
  assert.equal(await lastUsedAt(), first);
  now += 59_999;
  await use();
  assert.equal(await lastUsedAt(), first);
  now += 1;
  await use();
  assert.equal(await lastUsedAt(), now);
});

test('nobody can give a key more than they have', async () => {
  await using api = await startApi();
  const clerk = await api.key({ capabilities: ['manage', 'read'] });

  const refused = await make(api, clerk, { name: 'x', capabilities: ['read', 'send'] });

  assert.deepEqual(errorOf(refused, 403, 'forbidden').details, { missing: ['send'] });
  assert.equal((await make(api, clerk, { name: 'x', capabilities: ['read', 'manage'] })).status, 201);
});

test('a key that expires can make no key that outlives it; a person who logs in can', async () => {
  await using issuer = await Issuer.start();
  await using api = await startApi({ logins: loginsOf(issuer) });
  const expiresAt = Date.now() + 60_000;
  const good = { name: 'x', capabilities: ['manage'] };
  const { key } = createdBy(await make(api, await api.key(), { ...good, expiresAt }));

  for (const longer of [good, { ...good, expiresAt: null }, { ...good, expiresAt: expiresAt + 1 }]) {
    assert.deepEqual(errorOf(await make(api, key, longer), 403, 'forbidden').details, { latestExpiresAt: expiresAt });
  }
  assert.equal((await make(api, key, { ...good, expiresAt })).status, 201);
  assert.equal((await make(api, await issuer.token(), good)).status, 201);
});

test('who made a key is told with what kind of credential it was', async () => {
  await using issuer = await Issuer.start();
  await using api = await startApi({ logins: loginsOf(issuer) });
  const login = await issuer.token({ sub: 'command' });

  const made = createdBy(await make(api, login, { name: 'x', capabilities: ['read'] }));

  assert.deepEqual(made.createdBy, { kind: 'login', id: 'command' });
  const [first] = listedBy(await api.ask(`GET ${keys}`, { key: await api.key() })).data;
  assert.equal(first?.name, 'x');
});

test('a ticket is worth nothing once the key that it was got with is revoked', async () => {
  await using api = await startApi();
  const { id, key } = createdBy(await make(api, await api.key(), { name: 'x', capabilities: ['read'] }));
  const { ticket } = await ticketFor(api, {}, key);
  await api.keys.revoke('acme', id);

  assert.equal((await refusalOf(api, `?ticket=${ticket}`)).status, 401);
});

test('what a key cannot be is refused by name', async () => {
  await using api = await startApi();
  const key = await api.key();
  const good = { name: 'x', capabilities: ['read'] };
  const wrong: [field: string, change: object][] = [
    ['name', { name: ' ' }],
    ['name', { name: 'x'.repeat(101) }],
    ['name', { name: undefined }],
    ['name', { name: 'shop\n01AAAA\u001b[31m' }],
    ['name', { name: 'shop\u202e' }],
    ['capabilities', { capabilities: [] }],
    ['capabilities', { capabilities: ['read', 'read'] }],
    ['capabilities.0', { capabilities: ['root'] }],
    ['expiresAt', { expiresAt: 1.5 }],
    ['expiresAt', { expiresAt: 'tomorrow' }],
    ['organization', { organization: 'globex' }],
  ];

  for (const [field, change] of wrong) issuesOf(await make(api, key, { ...good, ...change }), field);
});

test('streams and WebSockets of a key end once it is revoked, those of others go on', async () => {
  await using api = await startApi({ streamOptions: soon });
  const { id, key } = createdBy(await make(api, await api.key(), { name: 'x', capabilities: ['read'] }));
  await using stream = await follow(api, '', { key });
  await using socket = await realtime(api, { key });
  await using other = await realtime(api);

  await api.keys.revoke('acme', id);

  assert.equal(await stream.ended, true);
  assert.deepEqual(await socket.closed, { code: 1008, reason: 'revoked' });
  await publish(api, [1]);
  await other.until(1);
});

test('streams end when the key or the login that opened them expires', async () => {
  let now = Date.now();
  await using issuer = await Issuer.start();
  const logins = loginsOf(issuer);
  await using api = await startApi({ streamOptions: soon, now: () => now, logins });
  const expiresAt = now + 60_000;
  const made = await make(api, await api.key(), { name: 'x', capabilities: ['read'], expiresAt });
  await using ofKey = await realtime(api, { key: createdBy(made).key });
  const login = await issuer.token({ exp: Math.floor(expiresAt / 1_000) });
  await using ofLogin = await realtime(api, { key: login });
  await using stream = await follow(api, '', { key: login });

  now = expiresAt;

  assert.equal((await ofKey.closed).reason, 'revoked');
  assert.equal((await ofLogin.closed).reason, 'revoked');
  assert.equal(await stream.ended, true);
});
