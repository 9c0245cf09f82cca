import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import type { Contact, ContactOptions } from '../../simulator/api/contact-api.ts';
import type { DeliveryEntry } from '../../simulator/ledger/entries.ts';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/gateway/client.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

const { bed, client, session } = shared(await linkedBed());
const { simulator } = bed;
const { ledger } = simulator;

let numbers = 0;

/** Somebody who can only be written to by LID, unless that is said otherwise. */
function somebody(options: Omit<ContactOptions, 'phone'> = {}): Contact {
  numbers += 1;
  return simulator.addContact({
    numbers: 'refused',
    ...options,
    phone: `62812345600${String(numbers).padStart(2, '0')}`,
  });
}

function send(body: object, headers: Record<string, string> = {}): Promise<Answer> {
  return client.call('POST', `/sessions/${session}/messages`, body, headers);
}

function edit(id: string, chat: string, text: string): Promise<Answer> {
  return client.call('PATCH', `/sessions/${session}/messages/${id}`, { chat, text });
}

function resultOf(answer: Answer): v.InferOutput<typeof SendResultSchema> {
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return v.parse(SendResultSchema, answer.body);
}

async function sent(body: object): Promise<v.InferOutput<typeof SendResultSchema>> {
  return resultOf(await send(body));
}

/** What a contact's phone decrypted; checked: each of the devices did once, and the own phone a copy of the same chat. */
async function arrived(contact: Contact, id: string, address = contact.lid): Promise<DeliveryEntry> {
  const devices = Array.from({ length: contact.devices }, (_, device) => [`${contact.phone}:${device}`, 1]);
  await eventually(() => {
    assert.deepEqual(ledger.tally(id).decrypted, Object.fromEntries([...devices, [`${own}:0`, 1]]));
  });
  const [stanza] = ledger.stanzas({ id, tag: 'message', direction: 'in' });
  assert.equal(stanza?.to, address);
  const [copy] = ledger.deliveries({ id, to: own });
  assert.equal(copy?.destination, address);
  return ledger.waitForDelivery({ id, to: contact.phone, device: 0 });
}

const bodies = [
  { type: 'text', text: 'hello' },
  { type: 'poll', name: 'Which?', options: ['yes', 'no'] },
  { type: 'location', latitude: 1.5, longitude: 2.5, name: 'Here' },
  { type: 'contact', contact: { name: 'Ada', phone: '+1 555 000-0001' } },
];

for (const body of bodies) {
  test(`a ${body.type} to the number of a person whom WhatsApp knows by LID goes to the LID`, async () => {
    const ada = somebody();

    const { waMessageId, chatJid } = await sent({ to: ada.jid, ...body });

    await arrived(ada, waMessageId);
    assert.equal(chatJid, ada.jid);
  });
}

test('a message to the LID is of the same chat as one to the number, and the outbox says for both what was asked', async () => {
  const ada = somebody();

  const byNumber = await sent({ to: ada.jid, type: 'text', text: 'by number' });
  const byLid = await sent({ to: ada.lid, type: 'text', text: 'by LID' });

  await arrived(ada, byLid.waMessageId);
  assert.deepEqual([byNumber.chatJid, byLid.chatJid], [ada.jid, ada.jid]);
  for (const [{ outboxId }, to] of [
    [byNumber, ada.jid],
    [byLid, ada.lid],
  ] as const) {
    const { body } = await client.call('GET', `/sessions/${session}/outbox/${outboxId}`);
    assert.partialDeepStrictEqual(body, { to, chatJid: ada.jid });
  }
});

test('the events of a send name the chat, all addresses of the person, and the address that the request gave', async () => {
  const ada = somebody();
  const headers = { authorization: `Bearer ${client.token}` };
  await using stream = await SseClient.open(`${bed.gateway.url}/api/v1/events?event=message.status`, headers);
  await sent({ to: ada.jid, type: 'text', text: 'so that they are known' });

  const { waMessageId } = await sent({ to: ada.lid, type: 'text', text: 'by LID' });

  const statuses = () =>
    stream.events.flatMap(({ data = '' }) => {
      const { payload } = JSON.parse(data);
      return payload.waMessageId === waMessageId ? [payload] : [];
    });
  await eventually(() => assert(statuses().some(({ status }) => status === 'read')));
  for (const payload of statuses()) {
    const chat = { jid: ada.jid, lid: ada.lid, phone: ada.phone, username: null };
    assert.partialDeepStrictEqual(payload, { to: ada.lid, chatJid: ada.jid, chat });
  }
});

test('a person whose number would do is written to by LID, too', async () => {
  const ben = somebody({ numbers: 'accepted' });

  const { waMessageId } = await sent({ to: ben.jid, type: 'text', text: 'hello' });

  await arrived(ben, waMessageId);
});

for (const [written, corrected] of [
  ['jid', 'lid'],
  ['lid', 'jid'],
] as const) {
  test(`what was written to the ${written} is edited in the chat that the ${corrected} names`, async () => {
    const ada = somebody();
    await sent({ to: ada.jid, type: 'text', text: 'so that they are known' });
    const { waMessageId: id } = await sent({ to: ada[written], type: 'text', text: 'with a tpyo' });

    const { waMessageId, chatJid } = resultOf(await edit(id, ada[corrected], 'without'));

    const { message, edits } = await arrived(ada, waMessageId);
    assert.deepEqual([edits, chatJid], [id, ada.jid]);
    assert.equal(message.protocolMessage?.key?.remoteJid, ada.lid);
  });
}

test('nobody else is the chat of a message', async () => {
  const [ada, ben] = [somebody(), somebody()];
  const { waMessageId: id } = await sent({ to: ada.jid, type: 'text', text: 'for Ada' });
  await sent({ to: ben.jid, type: 'text', text: 'for Ben' });

  assert.equal((await edit(id, ben.jid, 'for whom?')).status, 404);
  assert.equal((await edit(id, ben.lid, 'for whom?')).status, 404);
});

test('a reply to a message of the same person names no other chat, whichever address is which', async () => {
  const ada = somebody();
  const first = await sent({ to: ada.jid, type: 'text', text: 'the original' });
  const answer = await ada.sendText(own, 'her answer');
  await eventually(async () => {
    const known = await send({ to: ada.lid, type: 'text', text: 'reply to hers', replyTo: answer });
    assert.equal(known.status, 200);
  });

  for (const to of [ada.jid, ada.lid]) {
    for (const [replyTo, author] of [
      [first.waMessageId, simulator.phone(own).lid],
      [answer, ada.lid],
    ] as const) {
      const { waMessageId } = await sent({ to, type: 'text', text: 'the reply', replyTo });
      const { message } = await arrived(ada, waMessageId);
      const context = message.extendedTextMessage?.contextInfo;
      assert.deepEqual([context?.stanzaId, context?.participant], [replyTo, author]);
      assert(!context?.remoteJid, `names the chat ${context?.remoteJid}`);
    }
  }
});

test('a reply in the chat of somebody else still names the chat that it quotes', async () => {
  const [ada, ben] = [somebody(), somebody()];
  const { waMessageId: replyTo } = await sent({ to: ada.jid, type: 'text', text: 'for Ada' });

  const { waMessageId } = await sent({ to: ben.jid, type: 'text', text: 'see above', replyTo });

  const { message } = await arrived(ben, waMessageId);
  assert.equal(message.extendedTextMessage?.contextInfo?.remoteJid, ada.lid);
});

test('a key that is used again with another address of the same person is the same send', async () => {
  const ada = somebody({ aliases: ['6299990001'] });
  const ben = somebody();
  const key = { 'idempotency-key': 'one-person' };
  const text = { type: 'text', text: 'once' };
  const first = resultOf(await send({ to: ada.jid, ...text }, key));
  await sent({ to: '6299990001@s.whatsapp.net', type: 'text', text: 'so that it is known' });

  for (const to of [ada.lid, '6299990001@s.whatsapp.net', ada.jid]) {
    const again = await send({ to, ...text }, key);
    assert.deepEqual(resultOf(again), { ...resultOf(again), waMessageId: first.waMessageId, replayed: true });
    assert.equal(again.headers.get('idempotency-mismatch'), null);
  }
  const toAnother = await send({ to: ben.jid, ...text }, key);
  const another = await send({ to: ada.lid, type: 'text', text: 'twice' }, key);

  assert.deepEqual(
    [toAnother, another].map(({ headers }) => headers.get('idempotency-mismatch')),
    ['true', 'true'],
  );
  await arrived(ada, first.waMessageId);
});

test('a number as people write it goes to the one that WhatsApp knows, and the answer says which', async () => {
  const maria = somebody({ aliases: ['5511955500001'] });
  const to = '5511955500001@s.whatsapp.net';

  const { waMessageId, chatJid } = await sent({ to, type: 'text', text: 'olá' });
  const edited = resultOf(await edit(waMessageId, maria.jid, 'olá!'));

  await arrived(maria, waMessageId);
  await arrived(maria, edited.waMessageId);
  assert.equal(chatJid, maria.jid);
  const unknown = await send({ to: '5511955500002@s.whatsapp.net', type: 'text', text: 'olá' });
  assert.equal(unknown.status, 502);
  assert.match(JSON.stringify(unknown.body), /recipient_unknown/);
});

test('the typing indicator goes where the message goes', async () => {
  const ada = somebody();
  await client.call('PATCH', `/sessions/${session}`, { presenceTyping: true });

  await sent({ to: ada.jid, type: 'text', text: 'typed' });
  await client.call('PATCH', `/sessions/${session}`, { presenceTyping: false });

  const chats = ledger.stanzas({ tag: 'chatstate', direction: 'in' }).map(({ to }) => to);
  assert.deepEqual(new Set(chats), new Set([ada.lid]));
});

test('a person for whose number WhatsApp names no LID is written to by number', async () => {
  const ben = somebody({ lid: 'none', numbers: 'accepted' });

  const { waMessageId, chatJid } = await sent({ to: ben.jid, type: 'text', text: 'hello' });

  await arrived(ben, waMessageId, ben.jid);
  assert.equal(chatJid, ben.jid);
});

test('a member for whose number WhatsApp names no LID can read what is written to a group', async () => {
  const ben = somebody({ lid: 'none', numbers: 'accepted' });
  const { jid: to } = simulator.addGroup({ subject: 'Numbers', participants: [own, ben.phone], addressing: 'pn' });

  const { waMessageId: id } = await sent({ to, type: 'text', text: 'hello, all' });

  await eventually(() => {
    assert.deepEqual(ledger.tally(id).decrypted, { [`${ben.phone}:0`]: 1, [`${ben.phone}:1`]: 1, [`${own}:0`]: 1 });
  });
});

/** Every kind of message and an edit in each turn, and what each came to. */
async function sentOfEveryKind(turns: number, to: (turn: number) => string) {
  const results: v.InferOutput<typeof SendResultSchema>[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const answers = await Promise.all(bodies.map((body) => send({ to: to(turn), ...body })));
    const first = answers.map(resultOf);
    const corrected = await edit(first[0]?.waMessageId ?? '', to(turn), `hello ${turn}`);
    results.push(...first, resultOf(corrected));
  }
  return results;
}

test('200 sends of every kind to numbers that WhatsApp knows by LID are 200, on each device, in one chat each', async () => {
  const people = Array.from({ length: 10 }, () => somebody());
  const personAt = (turn: number) => people[turn % people.length] ?? somebody();

  const results = await sentOfEveryKind(40, (turn) => personAt(turn).jid);

  assert.equal(results.length, 200);
  for (const [at, { waMessageId, chatJid }] of results.entries()) {
    const person = personAt(Math.floor(at / (bodies.length + 1)));
    assert.equal(chatJid, person.jid);
    await arrived(person, waMessageId);
  }
});

test('somebody who has no LID is not looked up for each message', async () => {
  const person = somebody({ numbers: 'accepted', lid: 'none' });
  const lookUps = () =>
    ledger.stanzas({ tag: 'iq', direction: 'in' }).filter(({ children }) => children.includes('usync'));
  resultOf(await send({ to: person.jid, type: 'text', text: 'first' }));
  const before = lookUps().length;

  for (const text of ['second', 'third']) resultOf(await send({ to: person.jid, type: 'text', text }));

  assert.equal(lookUps().length, before);
});

for (const addressing of ['lid', 'pn'] as const) {
  test(`40 sends of every kind to a group that is addressed by ${addressing} are 200, on each device of each member`, async () => {
    const people = [somebody(), somebody({ devices: 1 })];
    const participants = [own, ...people.map(({ phone }) => phone)];
    const { jid } = simulator.addGroup({ subject: 'Everybody', participants, addressing });

    const results = await sentOfEveryKind(8, () => jid);

    const devices = people.flatMap(({ phone, devices: count }) =>
      Array.from({ length: count }, (_, device) => [`${phone}:${device}`, 1]),
    );
    const expected = Object.fromEntries([...devices, [`${own}:0`, 1]]);
    assert.deepEqual([results.length, new Set(results.map(({ chatJid }) => chatJid))], [40, new Set([jid])]);
    for (const { waMessageId: id } of results)
      await eventually(() => assert.deepEqual(ledger.tally(id).decrypted, expected));
  });
}
