import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { unwrap } from '../../../src/domain/errors.ts';
import { newApiKeyId } from '../../../src/domain/ids.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { type ApiKeys, openApiKeys } from '../../../src/store/records/api-keys/api-keys.ts';
import { gatewaySecrets } from '../../../src/store/records/gateway-secrets.ts';

const dayMs = 24 * 60 * 60_000;
const given = { organization: 'acme', name: 'test', capabilities: ['read'] as const };

let now: number;
let store: SqliteStore;
let keys: ApiKeys;

beforeEach(async () => {
  now = 1_700_000_000_000;
  store = openSqliteStore({ path: ':memory:', now: () => now });
  keys = await openApiKeys(store, () => now);
});

afterEach(() => store[Symbol.asyncDispose]());

const make = async (facts: object = {}) => unwrap(await keys.create({ ...given, ...facts }));

test('the secrets of a store are made once, and are the same for all who open it', async () => {
  const [one, other] = await Promise.all([gatewaySecrets(store), gatewaySecrets(store)]);

  assert.deepEqual(one, other);
  assert.deepEqual([one.apiKeyPepper.length, one.logKey.length], [32, 32]);
  assert.notDeepEqual(one.apiKeyPepper, one.logKey);
});

test('a key is valid under the pepper of its store alone', async () => {
  const { token, record } = await make();
  await using other = openSqliteStore({ path: ':memory:' });
  const strangers = await openApiKeys(other, () => now);
  for (const partition of ['gateway', 'acme']) {
    for (const { key, value } of await store.list([partition], { limit: 10 })) {
      if (key[1] === 'api-key') await other.commit({ sets: [{ key, value }] });
    }
  }

  assert.equal((await keys.verify(token))?.id, record.id);
  assert.notEqual((await strangers.list('acme', { limit: 1 })).length, 0);
  assert.equal(await strangers.verify(token), null);
});

test('nothing that is stored gives the secret away', async () => {
  const { token } = await make();
  const secret = token.slice(30, 94);

  for (const partition of ['gateway', 'acme']) {
    for (const { value } of await store.list([partition], { limit: 10 })) {
      assert.ok(!Buffer.from(value).toString().includes(secret));
    }
  }
});

test('a revoked and an expired key can be seen for a week', async () => {
  const { record: revoked } = await make();
  const { record: expired } = await make({ expiresAt: now + dayMs });
  await make();
  await keys.revoke('acme', revoked.id);
  const ids = async () => (await keys.list('acme', { limit: 10 })).map(({ record }) => record.id);

  now += 7 * dayMs - 1;
  assert.deepEqual((await ids()).slice(0, 2), [revoked.id, expired.id]);
  now += 1;
  assert.equal((await ids())[0], expired.id);
  now += dayMs;
  assert.equal((await ids()).length, 1);
});

test('a key of another organization can be neither seen nor revoked, and is not valid there', async () => {
  const { record, token } = await make();

  assert.equal(await keys.revoke('globex', record.id), null);
  assert.deepEqual(await keys.list('globex', { limit: 10 }), []);
  assert.equal(await keys.isValid('globex', record.id), false);
  assert.equal((await keys.verify(token))?.organization, 'acme');
});

test('of concurrent revocations exactly one learns that the key was valid until now', async () => {
  const { record } = await make();
  const revoke = () => keys.revoke('acme', record.id);

  const together = await Promise.all([revoke(), revoke()]);

  assert.deepEqual(together.toSorted(), ['before', 'now']);
  assert.equal(await revoke(), 'before');
});

/** So many keys, as they would have been made one after the other. */
async function fill(count: number, revokedAt: number | null = null): Promise<void> {
  const { record } = await make();
  for (let number = 1; number < count; number += 1) {
    const id = newApiKeyId();
    const value = Buffer.from(JSON.stringify({ ...record, id, revokedAt }));
    await store.commit({ sets: [{ key: ['acme', 'api-key', id], value }] });
  }
}

test('an organization can have a thousand valid keys, also when many are made at once, and others then still can', async () => {
  await fill(990);

  const made = await Promise.all(Array.from({ length: 20 }, () => keys.create(given)));

  const [first, ...others] = made.flatMap((one) => (one.ok ? [one.value.record] : []));
  assert.equal(others.length, 9);
  assert.ok((await make({ organization: 'globex' })).token);
  await keys.revoke('acme', first?.id ?? '');
  assert.ok((await make()).token);
});

test('keys that have ended do not count against the limit, and the oldest of them are deleted', async () => {
  await fill(1_101, now);

  assert.ok((await make()).token);

  const left = await store.list(['acme', 'api-key'], { limit: 1_000 });
  assert.equal(left.length, 1_000);
  assert.equal((await keys.list('acme', { limit: 1_000 })).length, 1_000);
});

test('noting a use does not bring a revoked key back', async () => {
  const { record, token } = await make();

  const [used] = await Promise.all([keys.verify(token), keys.revoke('acme', record.id)]);

  assert.notEqual(used, null);
  assert.equal(await keys.verify(token), null);
  assert.equal(await keys.isValid('acme', record.id), false);
});
