import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createOutboxRow } from '../../../src/actors/api/create-outbox-row.ts';
import { unwrap } from '../../../src/domain/errors.ts';
import { newSessionId } from '../../../src/domain/ids.ts';
import type { OutboxRow, SendMode } from '../../../src/domain/outbox.ts';
import { defaultSettings, type SessionRecord } from '../../../src/domain/session.ts';
import type { Key } from '../../../src/store/contract.ts';
import type { EncryptedStore } from '../../../src/store/encryption/encrypted-store.ts';
import { openApiKeys } from '../../../src/store/records/api-keys/api-keys.ts';
import { type EventSlice, events } from '../../../src/store/records/event-log.ts';
import { groupRecords } from '../../../src/store/records/groups.ts';
import { inboundMessages } from '../../../src/store/records/messages/inbound-messages.ts';
import { messages } from '../../../src/store/records/messages/messages.ts';
import { type Outbox, outbox as outboxOf } from '../../../src/store/records/outbox/outbox.ts';
import { sessions } from '../../../src/store/records/sessions/sessions.ts';
import { UndecryptableValueError } from '../../../src/store/unreadable-value.ts';
import { SealedFolder } from '../encryption/support.ts';

const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const to = '6281234567890@s.whatsapp.net';
const now = Date.now();

let folder: SealedFolder;
let store: EncryptedStore;
let outbox: Outbox;

beforeEach(async () => {
  folder = new SealedFolder();
  store = await folder.open();
  outbox = outboxOf(store, () => now);
  // The session that the sends are of.
  await store.commit({ sets: [{ key: ['acme', 'session', address.session], value: new Uint8Array() }] });
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function row(mode: SendMode, idempotency: string | null = null): OutboxRow {
  const content = { type: 'text' as const, text: 'hello', mentions: [], quoted: null };
  return createOutboxRow(address, { mode, to, content, idempotency, account: null, acceptedAt: now, traceId: null });
}

function rowKey({ id }: OutboxRow): Key {
  return ['acme', 'outbox', address.session, id];
}

/** The one entry of a kind, by its key as it is in the file. */
function only(kind: string): Key {
  const [key, ...others] = folder.file.keys().filter((each) => each[1] === kind);
  assert.ok(key !== undefined && others.length === 0);
  return key;
}

async function begun(idempotency: string | null = null): Promise<OutboxRow> {
  const send = row('sync', idempotency);
  assert.equal(await outbox.begin(send, { rate: null, fingerprint: 'f' }), 'begun');
  return send;
}

test('an unreadable row in the outbox is left out of the list, and pages go past it', async () => {
  const rows = Array.from({ length: 5 }, () => row('async'));
  for (const each of rows) await outbox.enqueue(each, 'f');
  for (const each of rows.slice(1, 4)) folder.file.damage(rowKey(each));

  const ids = (await outbox.list(address, { limit: 2 })).map(({ id }) => id);

  assert.deepEqual(ids, [rows[0]?.id, rows[4]?.id]);
  await assert.rejects(outbox.find(address, rows[1]?.id ?? ''), UndecryptableValueError);
});

test('a send whose row is unreadable while it is in flight is settled from memory, with its event', async () => {
  const send = await begun();
  folder.file.damage(rowKey(send));

  const settled = await outbox.settle({ ...send, status: 'sent', timestamp: now }, null);

  assert.equal(settled.status, 'sent');
  assert.equal((await outbox.find(address, send.id))?.status, 'sent');
  assert.equal(await outbox.inFlight(address), null);
  const [slice] = await slices(2);
  assert.deepEqual(
    slice?.events.map(({ payload }) => payload['status']),
    ['sending', 'sent'],
  );
});

test('a send whose place in flight is unreadable can be settled, and makes room for the next one', async () => {
  const send = await begun();
  folder.file.damage(only('in-flight'));

  await outbox.settle({ ...send, status: 'sent', timestamp: now }, null);

  assert.equal(await outbox.begin(row('sync'), { rate: null, fingerprint: 'f' }), 'begun');
});

test('a send in flight whose place is unreadable is given up', async () => {
  await begun();
  folder.file.damage(only('in-flight'));

  assert.equal(await outbox.inFlight(address), null);

  assert.equal(await outbox.begin(row('sync'), { rate: null, fingerprint: 'f' }), 'begun');
});

test('a send in flight that cannot be read any more is given up', async () => {
  const send = await begun();
  folder.file.damage(rowKey(send));

  assert.equal(await outbox.inFlight(address), null);

  assert.equal(await outbox.begin(row('sync'), { rate: null, fingerprint: 'f' }), 'begun');
});

test('an idempotency key whose record is unreadable never sends again, and does not keep its send from being settled', async () => {
  const send = await begun('hash');
  folder.file.damage(only('idempotency'));

  await outbox.settle({ ...send, status: 'sent', timestamp: now }, null);

  await assert.rejects(outbox.claim('acme', 'hash'), UndecryptableValueError);
  assert.equal(await outbox.begin(row('sync', 'hash'), { rate: null, fingerprint: 'f' }), 'claimed');
});

test('buckets that are unreadable count as none, and are replaced by the next send', async () => {
  const rate = { minute: 1, hour: 1, at: now, asyncAt: now };
  const begin = () => outbox.begin(row('sync'), { rate, fingerprint: 'f' });
  await begin();
  await outbox.settle({ ...row('sync'), status: 'sent' }, null);
  folder.file.damage(only('rate'));

  assert.equal(await outbox.rate(address), null);
});

test('unreadable sessions are left out, and the others are all found', async () => {
  const records = Array.from({ length: 6 }, () => session(newSessionId()));
  for (const record of records) await sessions(store).create(record);
  for (const at of [0, 2, 3]) folder.file.damage(['acme', 'session', records[at]?.id ?? '']);
  const whole = [1, 4, 5].map((at) => records[at]?.id);

  const all = await Array.fromAsync(sessions(store).all(), ({ id }) => id);
  const page = await sessions(store).list('acme', { limit: 2 });

  assert.deepEqual(all, whole);
  assert.deepEqual(
    page.map(({ id }) => id),
    whole.slice(0, 2),
  );
});

test('an organization whose data key is unreadable affects no other one', async () => {
  const [lost, kept] = [session(newSessionId()), { ...session(newSessionId()), organization: 'other' }];
  for (const record of [lost, kept]) await sessions(store).create(record);
  await store[Symbol.asyncDispose]();
  folder.file.damage(['.seal', 'data-key', 'acme']);
  store = await folder.open();

  assert.deepEqual(await Array.fromAsync(sessions(store).all(), ({ id }) => id), [kept.id]);
  await assert.rejects(sessions(store).create(session(newSessionId())), UndecryptableValueError);
  await sessions(store).create({ ...session(newSessionId()), organization: 'third' });
});

test('an unreadable message counts as absent', async () => {
  const message = {
    id: 'M1',
    chat: to,
    fromMe: false,
    sender: null,
    type: 'text',
    proto: 'AA==',
    timestamp: now,
  } as const;
  const rest = { body: 'hello', hasMedia: false, replyTo: null, mentions: [], pushName: null };
  await inboundMessages(store, () => now).receive(address, { ...message, ...rest });
  folder.file.damage(['acme', 'message', address.session, 'M1']);

  assert.equal(await messages(store).find(address, 'M1'), null);
});

test('an unreadable group is replaced when it is seen again', async () => {
  const jid = '120363021234567890@g.us';
  const facts = {
    subject: 'Choir',
    description: null,
    owner: null,
    isAnnounce: false,
    isLocked: false,
    createdAt: null,
    members: [],
  };
  const see = () => inboundMessages(store, () => now).see(address, { jid, ...facts });
  await see();
  folder.file.damage(only('group'));

  assert.equal(await groupRecords(store).find(address, jid), null);
  await see();

  assert.equal((await groupRecords(store).find(address, jid))?.group.subject, 'Choir');
});

test('an unreadable api key is left out of the list, and is refused', async () => {
  const keys = await openApiKeys(store, () => now);
  const [first, second] = [await key('one'), await key('two')];
  folder.file.damage(['acme', 'api-key', first.record.id]);

  assert.deepEqual(
    (await keys.list('acme', { limit: 10 })).map(({ record }) => record.id),
    [second.record.id],
  );
  assert.equal(await keys.verify(first.token), null);
  assert.equal((await keys.verify(second.token))?.name, 'two');

  async function key(name: string) {
    return unwrap(await keys.create({ organization: 'acme', name, capabilities: ['read'] }));
  }
});

test('an unreadable event counts as no longer kept: readers learn how far, wherever it is', async () => {
  for (const at of ['first', 'middle', 'last']) await events(store).publish('acme', event(at));
  folder.file.damageLog(['acme', 'events']);
  await events(store).publish('acme', event('behind'));

  const [before, after] = await slices(4);

  assert.deepEqual(
    before?.events.map(({ session: id }) => id),
    ['first', 'middle'],
  );
  assert.equal(before?.trimmedThrough, null);
  assert.deepEqual(
    after?.events.map(({ session: id }) => id),
    ['behind'],
  );
  assert.equal(after?.trimmedThrough, '3'.padStart(16, '0'));
});

function event(name: string) {
  return { event: 'session.status' as const, session: name, timestamp: now, payload: {} };
}

function session(id: string): SessionRecord {
  return {
    id,
    organization: 'acme',
    createdBy: 'test',
    settings: defaultSettings,
    resting: null,
    account: null,
    lastConnectedAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** What a reader of the log gets until it has come so far. */
async function slices(position: number): Promise<EventSlice[]> {
  const found: EventSlice[] = [];
  for await (const slice of events(store).follow('acme', { signal: AbortSignal.timeout(5_000) })) {
    found.push(slice);
    if (slice.events.at(-1)?.id.endsWith(String(position)) === true) return found;
  }
  return found;
}
