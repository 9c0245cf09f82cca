import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceivedMessage } from '../../../src/domain/message.ts';
import type { Commit, CommitResult } from '../../../src/store/contract.ts';
import { ForwardingStore } from '../../../src/store/layers/forwarding-store.ts';
import { isUnavailable } from '../../../src/store/layers/health-checked-store.ts';
import { inboundMessages as inboxOf } from '../../../src/store/records/messages/inbound-messages.ts';
import { messages as messagesOf } from '../../../src/store/records/messages/messages.ts';
import { deleteSessionData } from '../../../src/store/records/sessions/delete-session-data.ts';
import { openSealedSubject } from '../contract/encrypted-subject.ts';
import { openRedisSubject } from '../contract/redis-subject.ts';
import { openSubject } from '../contract/sqlite-subject.ts';
import { TestClock } from '../contract/support.ts';
import { SealedFolder } from '../encryption/support.ts';

const engines = { sqlite: openSubject, sealed: openSealedSubject, redis: openRedisSubject };
const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const dayMs = 24 * 60 * 60_000;

function received(id: string, { bytes = 3, fromMe = false } = {}): ReceivedMessage {
  return {
    ...{ id, chat: '6281234567890@s.whatsapp.net', fromMe, sender: null, type: 'text', timestamp: 1 },
    ...{ proto: 'A'.repeat(bytes), body: 'hello', hasMedia: false, replyTo: null, mentions: [], pushName: null },
  };
}

async function start(open: (typeof engines)['sqlite'], limits: { messages: number; bytes: number }) {
  const clock = new TestClock();
  const subject = await open({ now: clock.now });
  const { store } = subject;
  const inbox = inboxOf(store, clock.now, limits);
  const messages = messagesOf(store);
  const kept = async (...ids: string[]) => {
    const found = await Promise.all(ids.map((id) => messages.find(address, id)));
    return ids.filter((_, at) => found[at] !== null);
  };
  const stored = async () => (await store.list(['acme'], { limit: 1_000 })).length;
  return { clock, store, inbox, kept, stored, [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose]() };
}

/** A store on which others are always faster, as often as it is told. */
class ContestedStore extends ForwardingStore {
  conflicts = 0;

  override async commit(commit: Commit): Promise<CommitResult> {
    if (this.conflicts === 0) return super.commit(commit);
    this.conflicts -= 1;
    return { ok: false, reason: 'conflict' };
  }
}

test('a message that others keep from being stored can be tried again', async () => {
  await using subject = await openSubject({ now: Date.now });
  const store = new ContestedStore(subject.store);
  const inbox = inboxOf(store, Date.now);
  store.conflicts = 20;

  await assert.rejects(inbox.receive(address, received('M1')), isUnavailable);

  assert.equal(await inbox.receive(address, received('M1')), true);
});

const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `M${from + at}`);

for (const [engine, open] of Object.entries(engines)) {
  test(`${engine}: of received messages the newest are kept, each is told once`, async () => {
    await using started = await start(open, { messages: 5, bytes: 1_000_000 });
    const { inbox, kept, stored } = started;

    for (const id of ids(1, 12)) assert.equal(await inbox.receive(address, received(id)), true);

    assert.deepEqual(await kept(...ids(1, 12)), ids(8, 12));
    // The oldest one, too, which would make room.
    for (const id of ['M8', 'M12']) assert.equal(await inbox.receive(address, received(id)), false);
    const before = await stored();
    for (const id of ids(13, 40)) await inbox.receive(address, received(id));
    assert.equal(await stored(), before);
  });

  test(`${engine}: a large message takes the place of many small ones, and the newest always stays`, async () => {
    await using started = await start(open, { messages: 1_000, bytes: 10_000 });
    const { inbox, kept } = started;

    for (const id of ids(1, 20)) await inbox.receive(address, received(id, { bytes: 300 }));
    await inbox.receive(address, received('large', { bytes: 6_000 }));

    const left = await kept(...ids(1, 20));
    assert.ok(left.length > 3 && left.length < 10, `${left.length} are left`);
    assert.deepEqual([...left, ...(await kept('large'))], [...ids(21 - left.length, 20), 'large']);
    await inbox.receive(address, received('huge', { bytes: 20_000 }));
    assert.deepEqual(await kept(...ids(1, 20), 'large', 'huge'), ['huge']);
    await inbox.receive(address, received('next'));
    assert.deepEqual(await kept('huge', 'next'), ['next']);
  });

  test(`${engine}: what has expired takes no place, in whatever order`, async () => {
    await using started = await start(open, { messages: 5, bytes: 3_000 });
    const { clock, inbox, kept } = started;

    await inbox.receive(address, received('own', { fromMe: true }));
    for (const id of ids(1, 4)) await inbox.receive(address, received(id));
    clock.advance(4 * dayMs);
    await inbox.receive(address, received('M5'));
    assert.deepEqual(await kept('own', ...ids(1, 5)), ['M5']);
    clock.advance(8 * dayMs);

    for (const id of ids(6, 10)) await inbox.receive(address, received(id));
    assert.deepEqual(await kept(...ids(5, 10)), ids(6, 10));
  });

  test(`${engine}: messages that two nodes store at once are all kept, and counted`, async () => {
    await using started = await start(open, { messages: 6, bytes: 1_000_000 });
    const { inbox, kept } = started;

    const told = await Promise.all([...ids(1, 6), ...ids(1, 6)].map((id) => inbox.receive(address, received(id))));

    assert.equal(told.filter((isNew) => isNew).length, 6);
    assert.deepEqual(await kept(...ids(1, 6)), ids(1, 6));
    await inbox.receive(address, received('M7'));
    assert.equal((await kept(...ids(1, 7))).length, 6);
  });
}

test('an unreadable slot or count affects neither later messages nor the limit', async () => {
  const folder = new SealedFolder();
  await using resources = new AsyncDisposableStack();
  resources.defer(() => folder[Symbol.dispose]());
  const store = resources.use(await folder.open());
  const inbox = inboxOf(store, Date.now, { messages: 3, bytes: 1_000_000 });
  const kept = async () => (await store.list(['acme', 'message'], { limit: 10 })).map(({ key }) => key.at(-1));
  for (const id of ids(1, 3)) await inbox.receive(address, received(id));

  folder.file.damage(['acme', 'received', address.session, '0'.repeat(16)]);
  for (const id of ids(4, 6)) await inbox.receive(address, received(id));
  assert.deepEqual(await kept(), ['M1', ...ids(4, 6)]);

  folder.file.damage(['acme', 'received-count', address.session]);
  assert.equal(await inbox.receive(address, received('M7')), true);
});

test('nothing is left of what a deleted session has received', async () => {
  await using subject = await openSealedSubject({ now: Date.now });
  const { store } = subject;
  for (const id of ids(1, 3)) await inboxOf(store, Date.now).receive(address, received(id));

  await deleteSessionData(store, address, 'rest');

  assert.deepEqual(await store.list(['acme'], { limit: 10 }), []);
});
