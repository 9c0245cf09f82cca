import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createOutboxRow } from '../../../src/actors/api/create-outbox-row.ts';
import { readConfig } from '../../../src/config.ts';
import { newSessionId } from '../../../src/domain/ids.ts';
import type { OutboxRow, SendMode } from '../../../src/domain/outbox.ts';
import { defaultSettings, type SessionAddress } from '../../../src/domain/session.ts';
import type { Key, Store } from '../../../src/store/contract.ts';
import { encryptionPartition } from '../../../src/store/encryption/key-scope.ts';
import { openRedisStore } from '../../../src/store/engine/redis/store.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import type { GatewayStore } from '../../../src/store/gateway-store.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { recordKinds } from '../../../src/store/record-kinds.ts';
import { outbox as outboxOf } from '../../../src/store/records/outbox/outbox.ts';
import { credentials } from '../../../src/store/records/sessions/credentials.ts';
import { deleteSessionData } from '../../../src/store/records/sessions/delete-session-data.ts';
import { sessions } from '../../../src/store/records/sessions/sessions.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import { SealedFolder } from '../encryption/support.ts';

const hourMs = 60 * 60 * 1_000;

interface Opened extends AsyncDisposable {
  store: GatewayStore;
  /** The same store below its encryption. */
  raw: Store;
}

const engines = {
  embedded: async (): Promise<Opened> => {
    const folder = new SealedFolder();
    const store = await folder.open();
    const raw = openSqliteStore({ path: folder.storePath, now: Date.now });
    return opened({ store, raw, end: async () => folder[Symbol.dispose]() });
  },
  redis: async (): Promise<Opened> => {
    const redis = await startRedis();
    const config = readConfig({ REDIS_URL: redis.url, MASTER_KEY: randomBytes(32).toString('hex') });
    const store = await openStore(config, { as: 'owner' });
    const raw = await openRedisStore({ url: redis.url });
    return opened({ store, raw, end: async () => redis[Symbol.asyncDispose]() });
  },
};

function opened({ store, raw, end }: { store: GatewayStore; raw: Store; end: () => Promise<void> }): Opened {
  const dispose = async () => {
    await raw[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await end();
  };
  return { store, raw, [Symbol.asyncDispose]: dispose };
}

/** What is stored of a session, but for its events. */
async function leftOf(raw: Store, { organization, session }: SessionAddress): Promise<Key[]> {
  const prefixes: Key[] = [
    [encryptionPartition, 'data-key', organization, session],
    ...Object.keys(recordKinds).map((kind): Key => [organization, kind, session]),
  ];
  const found = await Promise.all(prefixes.map((prefix) => raw.list(prefix, { limit: 10 })));
  const alone = await raw.getMany(prefixes);
  return [...found.flat(), ...alone.filter((entry) => entry !== null)].map(({ key }) => key);
}

/** The store as something sees it that is overtaken: right before its first commit something else happens. */
function overtaken(store: Store, happens: () => Promise<void>): Store {
  let isFirst = true;
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    list: (prefix, options) => store.list(prefix, options),
    read: (log, options) => store.read(log, options),
    tail: (log) => store.tail(log),
    follow: (log, options) => store.follow(log, options),
    commit: async (commit) => {
      if (isFirst) {
        isFirst = false;
        await happens();
      }
      return store.commit(commit);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function send(address: SessionAddress, mode: SendMode, idempotency: string | null = null): OutboxRow {
  const content = { type: 'text' as const, text: 'hello', mentions: [], quoted: null };
  const facts = { mode, to: '6281234567890@s.whatsapp.net', content, idempotency, account: null };
  return createOutboxRow(address, { ...facts, acceptedAt: Date.now(), traceId: null });
}

async function newSession(store: Store): Promise<SessionAddress> {
  const record = {
    id: newSessionId(),
    organization: 'acme',
    createdBy: 'test',
    settings: defaultSettings,
    resting: null,
    account: null,
    lastConnectedAt: null,
    createdAt: 1,
    updatedAt: 1,
  };
  await sessions(store).create(record);
  return { organization: 'acme', session: record.id };
}

/** As deleting one over the API does, when its actor has ended. */
async function deleteSession(store: GatewayStore, address: SessionAddress): Promise<void> {
  await sessions(store).delete(address);
  await credentials(store).wipe(address);
  await deleteSessionData(store, address, 'rest');
  await sessions(store).swept(address);
}

/** Accepts a send over a store that is the other one as something sees it that is overtaken. */
function accept(store: GatewayStore, late: Store, row: OutboxRow) {
  const outbox = outboxOf(late, Date.now, { forget: (address) => store.shred(address, 'rest') });
  return row.mode === 'async' ? outbox.enqueue(row, 'f') : outbox.begin(row, { rate: null, fingerprint: 'f' });
}

for (const engine of ['embedded', 'redis'] as const) {
  for (const mode of ['sync', 'async'] as const) {
    test(`${engine}, ${mode}: a send that a deletion of its session overtakes is refused, and leaves nothing`, async () => {
      await using subject = await engines[engine]();
      const { store, raw } = subject;
      const address = await newSession(store);
      const late = overtaken(store, () => deleteSession(store, address));

      assert.equal(await accept(store, late, send(address, mode, 'hash')), 'gone');

      assert.deepEqual(await leftOf(raw, address), []);
      assert.equal(await outboxOf(store, Date.now).claim('acme', 'hash'), null);
    });

    test(`${engine}, ${mode}: a send that a change of its session overtakes is accepted all the same`, async () => {
      await using subject = await engines[engine]();
      const { store } = subject;
      const address = await newSession(store);
      const rename = async () => {
        await sessions(store).update(address, (record) => ({ ...record, updatedAt: 2 }));
      };

      const row = send(address, mode, 'hash');
      const result = await accept(store, overtaken(store, rename), row);

      assert.equal(result, mode === 'sync' ? 'begun' : 'queued');
      assert.equal((await outboxOf(store, Date.now).claim('acme', 'hash'))?.outboxId, row.id);
    });
  }
}

test('the idempotency key of a send that was deleted while it was queued is free after 48 hours', async () => {
  using folder = new SealedFolder();
  let now = Date.now();
  await using store = await folder.open({}, 'owner', () => now);
  const outbox = outboxOf(store, () => now);
  const address = await newSession(store);
  const row = send(address, 'async', 'hash');
  await outbox.enqueue(row, 'f');

  await deleteSession(store, address);

  assert.equal((await outbox.claim('acme', 'hash'))?.outboxId, row.id);
  now += 48 * hourMs - 1;
  assert.equal((await outbox.claim('acme', 'hash'))?.outboxId, row.id);
  now += 1;
  assert.equal(await store.get(['acme', 'idempotency', 'hash']), null);
});

test('a key that an earlier release has left to a deleted send is free again after three days', async () => {
  using folder = new SealedFolder();
  let now = Date.now();
  await using store = await folder.open({}, 'owner', () => now);
  const outbox = outboxOf(store, () => now);
  const [gone, there] = [await newSession(store), await newSession(store)];
  for (const address of [gone, there]) await outbox.enqueue(send(address, 'async', address.session), 'f');
  const row = (await outbox.list(gone, { limit: 1 })).at(0);
  await store.commit({ deletes: [['acme', 'outbox', gone.session, row?.id ?? '']] });
  now += 71 * hourMs;
  assert.ok((await outbox.claim('acme', gone.session)) !== null);

  now += 2 * hourMs;

  assert.equal(await outbox.claim('acme', gone.session), null);
  assert.equal(await store.get(['acme', 'idempotency', gone.session]), null);
  assert.ok((await outbox.claim('acme', there.session)) !== null);
});
