import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOutboxRow } from '../../../src/actors/api/create-outbox-row.ts';
import { messageLookup } from '../../../src/actors/inbound/message-lookup.ts';
import type { Content, ReceivedMessage, StoredMessage } from '../../../src/domain/message.ts';
import { inboundMessages } from '../../../src/store/records/messages/inbound-messages.ts';
import { messages } from '../../../src/store/records/messages/messages.ts';
import { outbox as outboxOf } from '../../../src/store/records/outbox/outbox.ts';
import { openMemoryStore } from '../../support/store/memory-store.ts';

const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const minuteMs = 60_000;
const person = '6281234567890@s.whatsapp.net';

async function startKept() {
  let time = 1_700_000_000_000;
  const now = () => time;
  const store = await openMemoryStore(now);
  const outbox = outboxOf(store, now);
  const encode = async () => 'encoded';
  const kept = messageLookup({ messages: messages(store), outbox, encode, now });
  const sent = async (to: string, content: Content, change: Partial<StoredMessage> = {}) => {
    const row = createOutboxRow(address, {
      mode: 'sync',
      to,
      content,
      idempotency: null,
      account: null,
      acceptedAt: now(),
      traceId: null,
    });
    await store.commit({ sets: [{ key: ['acme', 'session', row.session], value: new Uint8Array() }] });
    await outbox.begin(row, { rate: null, fingerprint: 'f' });
    const { waMessageId: id } = row;
    const message = { id, chat: to, fromMe: true, sender: null, type: 'text', proto: 'stored', timestamp: now() };
    const editedBy = content.type === 'edit' ? { editedBy: id } : {};
    await outbox.settle({ ...row, status: 'sent', timestamp: now() }, { ...message, ...editedBy, ...change });
    return id;
  };
  const send = (to: string) => sent(to, { type: 'text', text: 'hello', mentions: [], quoted: null });
  /** What is kept then is the message that was edited. */
  const edit = (target: string, text: string) =>
    sent(person, { type: 'edit', text, target }, { id: target, proto: text });
  const pass = (ms: number) => {
    time += ms;
  };
  return { store, kept, send, edit, pass, now, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

test('an edit that was replaced is not sent again, and what was edited has its newest text', async () => {
  await using started = await startKept();
  const { kept, send, edit } = started;
  const id = await send(person);

  const first = await edit(id, 'first');
  assert.deepEqual(await kept.findForRetry(address, first), { chat: person, proto: 'encoded' });
  const second = await edit(id, 'second');

  assert.equal(await kept.findForRetry(address, first), null);
  assert.deepEqual(await kept.findForRetry(address, second), { chat: person, proto: 'encoded' });
  assert.deepEqual(await kept.findForRetry(address, id), { chat: person, proto: 'second' });
});

const windows = { [person]: 24 * 60 * minuteMs, '120363021234567890@g.us': 15 * minuteMs };

for (const [chat, windowMs] of Object.entries(windows)) {
  test(`what was sent to ${chat} can be asked for again for ${windowMs / minuteMs} minutes`, async () => {
    await using started = await startKept();
    const { kept, send, pass } = started;
    const id = await send(chat);

    pass(windowMs - 1);
    assert.deepEqual(await kept.findForRetry(address, id), { chat, proto: 'stored' });
    pass(1);
    assert.equal(await kept.findForRetry(address, id), null);
    assert.equal(await kept.find(address, id), 'stored', 'it can still be quoted');
  });
}

test('what others wrote, and what nobody knows, is given to no device', async () => {
  await using started = await startKept();
  const { store, kept, now } = started;
  const received: ReceivedMessage = {
    ...{ id: '3EB0AA', chat: person, fromMe: false, sender: person, type: 'text', proto: 'stored', timestamp: now() },
    ...{ body: 'hi', hasMedia: false, replyTo: null, mentions: [], pushName: null },
  };
  await inboundMessages(store, now).receive(address, received);

  assert.equal(await kept.findForRetry(address, received.id), null);
  assert.equal(await kept.findForRetry(address, '3EB0FF'), null);
});
