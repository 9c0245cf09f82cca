import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceivedMessage } from '../../../src/domain/message.ts';
import type { Store } from '../../../src/store/contract.ts';
import { journalEntry, journaledMessages } from '../../../src/store/records/messages/inbound-journal.ts';
import { inboundMessages } from '../../../src/store/records/messages/inbound-messages.ts';
import { openSealedSubject } from '../contract/encrypted-subject.ts';
import { openRedisSubject } from '../contract/redis-subject.ts';
import { openSubject } from '../contract/sqlite-subject.ts';
import { TestClock } from '../contract/support.ts';

const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const name = '3EB0 6281234567890';

const message: ReceivedMessage = {
  ...{ id: '3EB0', chat: '6281234567890@s.whatsapp.net', fromMe: false, sender: null, type: 'text', timestamp: 1 },
  ...{ proto: 'AAAA', body: 'hello', hasMedia: false, replyTo: null, mentions: [], pushName: null },
};

const vote = { poll: 'POLL', chat: message.chat, voter: message.chat, options: ['red'], timestamp: 1 };

async function journal(store: Store, now: number): Promise<void> {
  const parts = [{ ciphertext: 'hash', plaintext: 'AAAA' }];
  await store.commit({ sets: [journalEntry(address, { name, attrs: { id: '3EB0' }, parts, place: 1 }, now)] });
}

for (const [engine, open] of Object.entries({
  sqlite: openSubject,
  sealed: openSealedSubject,
  redis: openRedisSubject,
})) {
  test(`${engine}: a journaled message is listed until it is recorded, dropped or too old`, async () => {
    const clock = new TestClock();
    await using subject = await open({ now: clock.now });
    const { store } = subject;
    const inbox = inboundMessages(store, clock.now);
    const names = async () => (await journaledMessages(store, address)).map((found) => found.name);
    const events = async () => (await store.read(['acme', 'events'], { limit: 10 })).entries.length;

    await journal(store, clock.now());
    assert.deepEqual(await names(), [name]);
    assert.equal(await inbox.receive(address, message, name), true);
    assert.deepEqual(await names(), []);

    await journal(store, clock.now());
    assert.equal(await inbox.receive(address, message, name), false, 'it is stored already');
    assert.deepEqual(await names(), []);

    await journal(store, clock.now());
    await inbox.vote(address, vote, name);
    await inbox.vote(address, vote, name);
    assert.equal(await events(), 2, 'the message and, once, the vote');

    await journal(store, clock.now());
    await inbox.forgetJournaled(address, name);
    assert.deepEqual(await names(), []);

    for (const place of [2, 3, 1]) {
      const message = { name: `${place} 6281234567890`, attrs: {}, parts: [], place };
      await store.commit({ sets: [journalEntry(address, message, clock.now())] });
    }
    assert.deepEqual(await names(), ['1 6281234567890', '2 6281234567890', '3 6281234567890'], 'as they came');

    await journal(store, clock.now());
    clock.advance(4 * 24 * 60 * 60_000);
    assert.deepEqual(await names(), []);
  });
}
