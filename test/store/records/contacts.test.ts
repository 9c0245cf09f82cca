import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Contact } from '../../../src/domain/contact.ts';
import { contactRecords, contactUpdate } from '../../../src/store/records/contacts.ts';
import { deleteSessionData } from '../../../src/store/records/sessions/delete-session-data.ts';
import { openSealedSubject } from '../contract/encrypted-subject.ts';
import { openRedisSubject } from '../contract/redis-subject.ts';
import { openSubject } from '../contract/sqlite-subject.ts';
import { TestClock } from '../contract/support.ts';
import { SealedFolder } from '../encryption/support.ts';

const engines = { sqlite: openSubject, sealed: openSealedSubject, redis: openRedisSubject };
const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const other = { ...address, session: '01M82ZM43K41YQPFG9XVMP2DHD' };
const hourMs = 60 * 60_000;

const jid = '6281234567890@s.whatsapp.net';
const newJid = '6281234567899@s.whatsapp.net';
const alias = '62081234567890@s.whatsapp.net';
const lid = '100000000000001@lid';
const newLid = '100000000000002@lid';

const byNumber: Contact = { jid, lid: null, username: null };
const byLid: Contact = { jid: null, lid, username: null };
const ada: Contact = { jid, lid, username: null };

async function start(open: (typeof engines)['sqlite']) {
  const clock = new TestClock();
  const subject = await open({ now: clock.now });
  const { store } = subject;
  const contacts = contactRecords(store, clock.now);
  const find = (...jids: string[]) => Promise.all(jids.map((each) => contacts.find(address, each)));
  const sets = async (seen: Contact) => (await contactUpdate(store, address, seen, { now: clock.now() })).sets.length;
  return { clock, store, contacts, find, sets, [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose]() };
}

for (const [engine, open] of Object.entries(engines)) {
  test(`${engine}: a chat is known by each address once a message was exchanged, and not to the next owner of the number`, async () => {
    await using started = await start(open);
    const { clock, store, contacts } = started;
    const note = async (seen: Contact, isChat: boolean) => {
      const { contact: _, ...commit } = await contactUpdate(store, address, seen, { now: clock.now(), isChat });
      assert.equal((await store.commit(commit)).ok, true);
    };
    const known = async () => [...(await contacts.withChat(address, [jid, lid, newJid]))];

    await contacts.remember(address, ada);
    assert.deepEqual(await known(), []);
    await note(byLid, true);
    await note(ada, false);
    assert.deepEqual(await known(), [jid, lid]);
    await contacts.remember(address, { ...ada, jid: newJid });
    assert.deepEqual(await known(), [lid, newJid]);
    await contacts.remember(address, { jid, lid: newLid, username: null });
    assert.deepEqual(await known(), [lid, newJid]);
  });

  test(`${engine}: a contact is found by each of its addresses, in its session only`, async () => {
    await using started = await start(open);
    const { contacts, find } = started;
    assert.deepEqual(await find(jid, lid), [null, null]);

    assert.deepEqual(await contacts.remember(address, ada, [alias]), ada);

    assert.deepEqual(await find(jid, lid, alias), [ada, ada, ada]);
    assert.deepEqual(await contacts.complete(address, { ...byNumber, jid: alias }), ada);
    assert.equal(await contacts.find(other, jid), null);
  });

  test(`${engine}: what is seen later completes what is known`, async () => {
    await using started = await start(open);
    const { contacts, find } = started;

    await contacts.remember(address, { ...byLid, username: 'ada' });
    assert.deepEqual(await contacts.complete(address, byNumber), byNumber);
    await contacts.remember(address, ada);

    const all = { ...ada, username: 'ada' };
    assert.deepEqual(await find(jid, lid), [all, all]);
    for (const seen of [byNumber, byLid]) assert.deepEqual(await contacts.complete(address, seen), all);
    assert.deepEqual(await contacts.remember(address, byLid), all);
  });

  test(`${engine}: a person keeps the LID under a new number, and the old number is nobody's`, async () => {
    await using started = await start(open);
    const { contacts, find } = started;
    await contacts.remember(address, { ...ada, username: 'ada' });

    await contacts.remember(address, { jid: newJid, lid, username: null });

    const moved = { jid: newJid, lid, username: 'ada' };
    assert.deepEqual(await find(newJid, lid, jid), [moved, moved, byNumber]);
  });

  test(`${engine}: a number with a new owner is the former one's no longer`, async () => {
    await using started = await start(open);
    const { contacts, find } = started;
    await contacts.remember(address, { ...ada, username: 'ada' });

    await contacts.remember(address, { jid, lid: newLid, username: null });

    const owner = { jid, lid: newLid, username: null };
    assert.deepEqual(await find(jid, newLid, lid), [owner, owner, { ...byLid, username: 'ada' }]);
  });

  test(`${engine}: the same again is written once a day, and kept for 90 days`, async () => {
    await using started = await start(open);
    const { clock, contacts, find, sets } = started;
    await contacts.remember(address, ada);

    for (const seen of [ada, byNumber, byLid]) assert.equal(await sets(seen), 0);
    clock.advance(25 * hourMs);
    for (const seen of [ada, byNumber, byLid]) assert.equal(await sets(seen), 2);
    await contacts.remember(address, byLid);
    clock.advance(89 * 24 * hourMs);
    assert.deepEqual(await find(jid, lid), [ada, ada]);
    clock.advance(2 * 24 * hourMs);
    assert.deepEqual(await find(jid, lid), [null, null]);
  });

  test(`${engine}: of what is seen at once nothing is lost`, async () => {
    await using started = await start(open);
    const { contacts, find } = started;

    const seen = [byNumber, byLid, ada, { ...byLid, username: 'ada' }, byLid, byNumber];
    await Promise.all(seen.map((each) => contacts.remember(address, each)));

    const all = { ...ada, username: 'ada' };
    assert.deepEqual(await find(lid), [all]);
    assert.deepEqual(await contacts.complete(address, ada), all);
  });
}

test('an unreadable record is replaced', async () => {
  const folder = new SealedFolder();
  await using resources = new AsyncDisposableStack();
  resources.defer(() => folder[Symbol.dispose]());
  const store = resources.use(await folder.open());
  const contacts = contactRecords(store, Date.now);
  await contacts.remember(address, ada);
  const names = folder.file.keys().filter(([, kind]) => kind === 'contact');
  assert.equal(names.length, 2);
  assert.ok(names.every((name) => !name.join().includes('6281234567890') && !name.join().includes('100000000000001')));

  await store[Symbol.asyncDispose]();
  for (const name of names) folder.file.damage(name);
  const again = resources.use(await folder.open());
  const reopened = contactRecords(again, Date.now);

  assert.equal(await reopened.find(address, jid), null);
  await reopened.remember(address, ada);
  assert.deepEqual(await reopened.find(address, lid), ada);
});

test('nothing is left of the contacts of a deleted session', async () => {
  await using subject = await openSealedSubject({ now: Date.now });
  const { store } = subject;
  await contactRecords(store, Date.now).remember(address, ada);

  await deleteSessionData(store, address, 'rest');

  assert.deepEqual(await store.list(['acme'], { limit: 10 }), []);
});
