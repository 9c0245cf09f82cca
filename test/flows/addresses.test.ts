import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { SseClient } from '../http/support/sse.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

const EventSchema = v.object({ event: v.string(), payload: v.record(v.string(), v.unknown()) });

type Payload = Record<string, unknown>;

const ada = { jid: to, lid: `1${recipient.padStart(17, '0')}@lid`, phone: recipient, username: null };
const poll = { type: 'poll', name: 'Which?', options: ['red', 'green', 'blue'], selectableCount: 2 };

const { bed, client, session, contact } = shared(await linkedBed({ contact: { addressing: 'lid' } }));
const { simulator } = bed;
const ben = simulator.addContact({ phone: '6281234567892', addressing: 'pn', username: 'ben' });
const cleo = simulator.addContact({ phone: '6281234567893', number: false, username: 'cleo', name: 'Cleo' });
const group = simulator.addGroup({ subject: 'Choir', participants: [own, recipient, ben.phone, cleo.phone] });

function listen(query: string): Promise<SseClient> {
  const authorization = `Bearer ${client.token}`;
  return SseClient.open(`${bed.gateway.url}/api/v1/events${query}`, { authorization });
}

/** The payload of the next event about a message, once it is told. */
async function told(stream: SseClient, waMessageId: string, nth = 1): Promise<Payload> {
  const about = () =>
    stream.events
      .map(({ data }) => v.parse(EventSchema, JSON.parse(data ?? '')).payload)
      .filter((payload) => payload['waMessageId'] === waMessageId);
  await stream.untilThat(() => about().length >= nth);
  return about()[nth - 1] ?? {};
}

async function sent(body: object): Promise<string> {
  const answer = await client.call('POST', `/sessions/${session}/messages`, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return v.parse(SendResultSchema, answer.body).waMessageId;
}

test('who is written to by number answers from the LID: both are one chat, with both addresses', async () => {
  await using stream = await listen('?event=message');
  await sent({ to, type: 'text', text: 'are you there?' });

  const payload = await told(stream, await contact.sendText(own, 'I am'));

  assert.deepEqual([payload['chatJid'], payload['senderJid']], [to, to]);
  assert.deepEqual([payload['chat'], payload['sender']], [ada, ada]);
});

test('a reply to the number quotes what came from the LID as of the same chat, and so does one to the LID', async () => {
  await using stream = await listen('?event=message');
  for (const [sender, addresses] of [
    [contact, [to, ada.lid]],
    [ben, [ben.jid, ben.lid]],
  ] as const) {
    const id = await sender.sendText(own, 'are you there?');
    await told(stream, id);
    for (const address of addresses) {
      const reply = await sent({ to: address, type: 'text', text: 'yes', replyTo: id });

      const { message } = await simulator.ledger.waitForDelivery({ to: sender.phone, id: reply });
      const { stanzaId, remoteJid = null } = message.extendedTextMessage?.contextInfo ?? {};
      assert.deepEqual([stanzaId, remoteJid], [id, null]);
    }
  }
});

test('what the own phone writes to a person who is addressed by LID is in the same chat', async () => {
  await using stream = await listen('?event=message');

  const payload = await told(stream, await simulator.phone(own).sendText(recipient, 'from my pocket'));

  assert.deepEqual([payload['fromMe'], payload['chatJid'], payload['chat']], [true, to, ada]);
  assert.deepEqual([payload['senderJid'], payload['sender']], [null, null]);
});

test('a person who is addressed by number is told with the LID and the username', async () => {
  await using stream = await listen('?event=message');

  const payload = await told(stream, await ben.sendText(own, 'hello'));

  const { jid, lid, phone, username = '' } = ben;
  assert.deepEqual([payload['chatJid'], payload['sender']], [jid, { jid, lid, phone, username }]);
  const typed = await told(stream, await simulator.phone(own).sendText(phone, 'from my pocket'));
  assert.deepEqual(typed['chat'], { jid, lid, phone, username });
});

test('a person without a number is told by LID and username, and is answered by LID', async () => {
  await using stream = await listen('?event=message');

  const id = await cleo.sendText(own, 'hello');
  const payload = await told(stream, id);

  const known = { jid: null, lid: cleo.lid, phone: null, username: 'cleo' };
  assert.deepEqual([payload['chatJid'], payload['senderJid']], [cleo.lid, cleo.lid]);
  assert.deepEqual([payload['chat'], payload['sender'], payload['pushName']], [known, known, 'Cleo']);
  const reply = await sent({ to: cleo.lid, type: 'text', text: 'hello back', replyTo: id });
  const { message } = await simulator.ledger.waitForDelivery({ to: cleo.phone, id: reply });
  assert.equal(message.extendedTextMessage?.contextInfo?.stanzaId, id);
  const typed = await told(stream, await simulator.phone(own).sendText(cleo.phone, 'from my pocket'));
  assert.deepEqual([typed['chatJid'], typed['chat']], [cleo.lid, known]);
  assert.ok(!stream.events.some(({ data = '' }) => data.includes(`${cleo.phone}@s.whatsapp.net`)));
});

test('members of a group are told with all their addresses, whichever the group uses', async () => {
  await using stream = await listen('?event=message');

  const byLid = await told(stream, await contact.sendText(group.jid, 'hello, all'));
  const hidden = await told(stream, await cleo.sendText(group.jid, 'hello, all'));

  const chat = { jid: group.jid, lid: null, phone: null, username: null };
  assert.deepEqual([byLid['chatJid'], byLid['senderJid']], [group.jid, to]);
  assert.deepEqual([byLid['chat'], byLid['sender']], [chat, ada]);
  assert.deepEqual(hidden['sender'], { jid: null, lid: cleo.lid, phone: null, username: 'cleo' });
});

for (const author of ['lid', 'pn'] as const) {
  for (const voter of ['lid', 'pn'] as const) {
    test(`a vote that is bound to the author by ${author} and to the voter by ${voter} is read, in every chat`, async () => {
      await using stream = await listen('?event=poll.vote');
      for (const chat of [to, group.jid]) {
        const id = await sent({ ...poll, to: chat });
        await simulator.ledger.waitForDelivery({ to: recipient, id });

        await contact.vote(id, ['green'], { author, voter });

        const payload = await told(stream, id);
        assert.deepEqual([payload['chatJid'], payload['voterJid'], payload['options']], [chat, to, ['green']]);
        assert.deepEqual(payload['voter'], ada);
      }
    });
  }
}

test('a vote that comes before the poll is acknowledged is read', async () => {
  await using stream = await listen('?event=poll.vote');
  simulator.faults.add({ kind: 'late-ack', delayMs: 2_000, times: 1 });
  const sending = sent({ ...poll, to, name: 'Early?' });
  const early = () =>
    simulator.ledger.deliveries({ to: recipient }).find(({ poll: asked }) => asked?.question === 'Early?');
  await simulator.ledger.waitFor(() => early() !== undefined);
  const { id = '' } = early() ?? {};

  await contact.vote(id, ['blue']);

  assert.deepEqual((await told(stream, id))['options'], ['blue']);
  assert.equal(await sending, id);
});
