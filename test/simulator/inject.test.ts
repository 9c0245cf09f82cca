import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkedClient, logIn } from './support/client.ts';
import { next } from './support/events.ts';
import { everythingConfirmed } from './support/ledger.ts';
import { request } from './support/request.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';
const ADA = '15550000001';
const ADA_JID = `${ADA}@s.whatsapp.net`;

test('a stanza from outside reaches the client as it is, is kept while it is away, and comes until it is confirmed', async () => {
  await using simulator = await startSimulator();
  const { ledger } = simulator;
  const ada = simulator.addContact({ phone: ADA, devices: 1 });
  const { socket, auth } = await linkedClient(simulator, PHONE);
  const sent = (id: string) =>
    ledger
      .stanzas({ id, direction: 'out' })
      .filter(({ tag }) => tag !== 'ack')
      .map(({ tag, attrs }) => [tag, attrs['offline']]);
  const story = { tag: 'status', attrs: { id: 'STORY', from: ADA_JID, type: 'media' } };

  simulator.inject(PHONE, story);
  simulator.inject(PHONE, { tag: 'presence', attrs: { id: 'HERE', from: ADA_JID } });
  await everythingConfirmed(simulator);
  simulator.disconnect(PHONE, 'close');
  await ledger.waitFor(() => simulator.connections().length === 0);
  socket.end(undefined);
  const before = await ada.sendText(PHONE, 'before');
  const call = { tag: 'call', attrs: { id: 'CALL', from: ADA_JID }, content: [] };
  simulator.inject(PHONE, call);
  const after = await ada.sendText(PHONE, 'after');

  const back = await logIn(simulator, auth);
  await ledger.waitFor(() => sent(after).length === 1);
  // The library does not confirm what it does not know.
  assert.deepEqual(sent('STORY'), [
    ['status', undefined],
    ['status', '0'],
  ]);
  // Number 2 is the token that the phone of the contact issues with its first message.
  assert.deepEqual([before, 'CALL', after].map(sent), [[['message', '1']], [['call', '3']], [['message', '4']]]);
  assert.deepEqual(sent('HERE'), [['presence', undefined]]);

  const streamEnd = next(back, 'connection.update', ({ connection }) => connection === 'close');
  simulator.settings.confirmWithinMs = 20;
  simulator.inject(PHONE, { tag: 'status', attrs: { id: 'STORY 2', from: ADA_JID } });
  const { lastDisconnect } = await streamEnd;
  assert.match(String(lastDisconnect?.error), /Stream Errored \(ack\)/);
  simulator.settings.confirmWithinMs = 60_000;
  const again = await logIn(simulator, auth);
  await ledger.waitFor(() => sent('STORY').length === 3 && sent('STORY 2').length === 2);
  assert.deepEqual(
    [sent('STORY')[2], sent('STORY 2')[1]].map((each) => each?.[1]),
    ['0', '1'],
  );

  await again.sendNode({ tag: 'ack', attrs: { class: 'status', id: 'STORY 2', to: ADA_JID } });
  await again.sendNode({ tag: 'ack', attrs: { class: 'status', id: 'STORY', to: ADA_JID, type: 'media' } });
  await ledger.waitFor(() => ledger.stanzas({ id: 'STORY', direction: 'in' }).length === 1);
  simulator.disconnect(PHONE, 'close');
  await ledger.waitFor(() => simulator.connections().length === 0);
  await logIn(simulator, auth);
  assert.deepEqual([sent('STORY').length, sent('STORY 2').length], [3, 2]);
});

test('stanzas are written as JSON, with bytes as text, base64 or a protobuf message', async () => {
  await using simulator = await startSimulator();
  const path = `/clients/${PHONE}/stanzas`;
  const timed = { tag: 'ib', content: [{ tag: 'edge', attrs: { a: '1' }, content: { text: 'x' } }] };
  assert.equal((await request(simulator, 'POST', path, timed)).status, 404);
  const { socket } = await linkedClient(simulator, PHONE);
  const news = next(socket, 'messages.upsert', ({ messages }) => messages[0]?.key.id === 'NEWS');

  const answers = [
    await request(simulator, 'POST', path, timed),
    await request(simulator, 'POST', path, { tag: 'ib', content: { base64: 'AAEC' } }),
    await request(simulator, 'POST', '/clients/stanzas', timed),
    await request(simulator, 'POST', path, {
      tag: 'message',
      attrs: { id: 'NEWS', from: '120363000000000009@newsletter', type: 'text', t: '1700000000' },
      content: [{ tag: 'plaintext', content: { message: { conversation: 'news' } } }],
    }),
  ];

  assert.deepEqual(
    answers.map(({ status }) => status),
    [204, 204, 204, 204],
  );
  assert.equal((await news).messages[0]?.message?.conversation, 'news');
  const wrong = [
    [{ attrs: {} }, 'tag'],
    [{ tag: 'a', attrs: { n: 1 } }, 'attrs.n'],
    [{ tag: 'a', content: { base64: '?' } }, 'content.base64'],
  ] as const;
  for (const [body, field] of wrong) {
    const { status, body: refusal } = await request(simulator, 'POST', path, body);
    assert.deepEqual([status, refusal.error?.details['field']], [400, field]);
  }
});

test('a message of a contact has the id and the sender that the request names', async () => {
  await using simulator = await startSimulator();
  const ada = simulator.addContact({ phone: ADA, devices: 1 });
  const { socket } = await linkedClient(simulator, PHONE);
  const story = next(socket, 'messages.upsert', ({ messages }) => messages[0]?.key.id === 'CHOSEN');

  const { status, body } = await request(simulator, 'POST', `/contacts/${ADA}/messages`, {
    ...{ to: PHONE, text: 'my holiday', id: 'CHOSEN' },
    ...{ from: 'status@broadcast', participant: ada.lid },
  });

  assert.deepEqual([status, body.id], [202, 'CHOSEN']);
  const [message] = (await story).messages;
  assert.equal(message?.key.remoteJid, 'status@broadcast');
  assert.equal(message?.message?.conversation, 'my holiday');
});
