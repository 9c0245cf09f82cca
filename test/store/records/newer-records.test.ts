import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createOutboxRow } from '../../../src/actors/api/create-outbox-row.ts';
import { unwrap } from '../../../src/domain/errors.ts';
import type { SessionRecord } from '../../../src/domain/session.ts';
import { defaultSettings } from '../../../src/domain/session.ts';
import type { Key } from '../../../src/store/contract.ts';
import type { EncryptedStore } from '../../../src/store/encryption/encrypted-store.ts';
import { openApiKeys } from '../../../src/store/records/api-keys/api-keys.ts';
import { groupRecords } from '../../../src/store/records/groups.ts';
import { outbox as outboxOf } from '../../../src/store/records/outbox/outbox.ts';
import { sessions } from '../../../src/store/records/sessions/sessions.ts';
import { SealedFolder } from '../encryption/support.ts';

const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const now = Date.now();
const [decoder, encoder] = [new TextDecoder(), new TextEncoder()];

let folder: SealedFolder;
let store: EncryptedStore;

beforeEach(async () => {
  folder = new SealedFolder();
  store = await folder.open();
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const record: SessionRecord = {
  id: address.session,
  organization: 'acme',
  createdBy: 'test',
  settings: defaultSettings,
  resting: { status: 'stopped', reason: null, since: now },
  account: { jid: '491700000001@s.whatsapp.net', lid: null, phone: '491700000001' },
  lastConnectedAt: null,
  createdAt: now,
  updatedAt: now,
};

async function stored(key: Key): Promise<unknown> {
  const entry = await store.get(key);
  return entry === null ? null : JSON.parse(decoder.decode(entry.value));
}

/** What a newer release stores: in each object of the record a field that this one does not know. */
async function inventLater(key: Key): Promise<void> {
  const newer = JSON.stringify(withMore(await stored(key)));
  await store.commit({ sets: [{ key, value: encoder.encode(newer) }] });
}

function withMore(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMore);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, name === 'content' ? field : withMore(field)]);
  return { ...Object.fromEntries(fields), inventedLater: 'kept' };
}

test('a session of a newer release is read, and keeps through a change what this release does not know', async () => {
  const key: Key = ['acme', 'session', address.session];
  await sessions(store).create(record);
  await inventLater(key);
  const newer = await stored(key);

  assert.equal((await sessions(store).find(address))?.account?.phone, '491700000001');
  await sessions(store).update(address, (before) => ({
    ...before,
    settings: { ...before.settings, label: 'changed' },
  }));

  assert.deepEqual(await stored(key), {
    ...Object(newer),
    settings: { ...defaultSettings, label: 'changed', inventedLater: 'kept' },
  });
});

test('a send of a newer release is settled, and keeps what this release does not know', async () => {
  const outbox = outboxOf(store, () => now);
  const content = { type: 'text' as const, text: 'hello', mentions: [], quoted: null };
  const to = '6281234567890@s.whatsapp.net';
  const facts = { mode: 'async' as const, to, content, idempotency: 'hash', account: null, acceptedAt: now };
  const row = createOutboxRow(address, { ...facts, traceId: null });
  await sessions(store).create(record);
  await outbox.enqueue(row, 'f');
  const key: Key = ['acme', 'outbox', address.session, row.id];
  await inventLater(key);
  await inventLater(['acme', 'idempotency', 'hash']);

  const head = await outbox.head(address);
  assert.ok(head !== null);
  await outbox.begin({ ...head, status: 'sending' }, { rate: null, fingerprint: null });
  await outbox.settle({ ...head, status: 'sent' }, null);

  assert.deepEqual(await stored(key), { ...withMoreOnTop(row), status: 'sent' });
  assert.deepEqual(await stored(['acme', 'idempotency', 'hash']), {
    ...withMoreOnTop({ session: address.session, outboxId: row.id, fingerprint: 'f' }),
  });
});

function withMoreOnTop(value: object): object {
  return { ...value, inventedLater: 'kept' };
}

test('an api key of a newer release lets its bearer in, and keeps what this release does not know when it is revoked', async () => {
  const keys = await openApiKeys(store, () => now);
  const made = unwrap(await keys.create({ organization: 'acme', name: 'one', capabilities: ['read'] }));
  const key: Key = ['acme', 'api-key', made.record.id];
  await inventLater(key);
  const newer = await stored(key);

  assert.equal((await keys.verify(made.token))?.name, 'one');
  assert.equal(await keys.revoke('acme', made.record.id), 'now');

  assert.deepEqual(await stored(key), { ...Object(newer), revokedAt: now });
});

test('a group of a newer release is read', async () => {
  const jid = '120363021234567890@g.us';
  const group = {
    jid,
    subject: 'Choir',
    description: null,
    owner: null,
    isAnnounce: false,
    isLocked: false,
    createdAt: null,
    members: [{ jid: '491700000001@s.whatsapp.net', lid: null, role: 'member' }],
  };
  const newer = withMore({ group, firstSeenAt: now, updatedAt: now });
  const key: Key = ['acme', 'group', address.session, jid];
  await store.commit({ sets: [{ key, value: encoder.encode(JSON.stringify(newer)) }] });

  assert.deepEqual((await groupRecords(store).find(address, jid))?.group, group);
});
