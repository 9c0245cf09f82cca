import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proto } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import type { Phone } from '../../simulator/api/phone-api.ts';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { eventually } from '../support/eventually.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { type LinkedBed, linkedBed, own } from '../support/gateway/linked-bed.ts';

const week = 604_800;
const day = 86_400;
const { EPHEMERAL_SETTING } = proto.Message.ProtocolMessage.Type;

async function sent({ client, session }: LinkedBed, body: object, method = 'POST', path = 'messages'): Promise<string> {
  const answer = await client.call(method, `/sessions/${session}/${path}`, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return v.parse(SendResultSchema, answer.body).waMessageId;
}

/** The timers that the devices of the recipient read in a message: all devices the same. */
async function timerOf({ bed }: LinkedBed, id: string): Promise<number | null> {
  const timers = [];
  for (const device of [0, 1]) {
    const { message } = await bed.simulator.ledger.waitForDelivery({ to: recipient, id, device });
    const parts = Object.values(message).flatMap((part) => (part !== null && typeof part === 'object' ? [part] : []));
    const context = parts.flatMap((part) => ('contextInfo' in part ? [part.contextInfo] : []));
    timers.push(context[0]?.expiration ?? null);
  }
  const [timer = null] = timers;
  assert.deepEqual(timers, [timer, timer]);
  return timer;
}

/** Sends texts until one disappears after this time: what was received may not be stored yet. */
async function untilTimer(linked: LinkedBed, chat: string, seconds: number | null): Promise<void> {
  await eventually(async () => {
    const id = await sent(linked, { to: chat, type: 'text', text: 'and now?' });
    assert.equal(await timerOf(linked, id), seconds);
  });
}

function timedText(seconds: number): proto.IMessage {
  return {
    extendedTextMessage: { text: 'hi', contextInfo: { expiration: seconds, ephemeralSettingTimestamp: 1_700_000_000 } },
  };
}

function setting(ephemeralExpiration: number): proto.IMessage {
  return { protocolMessage: { type: EPHEMERAL_SETTING, ephemeralExpiration } };
}

test('everything that is sent to a chat with a timer disappears like the rest, but an edit has that of its message', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact } = linked;
  await client.call('PATCH', `/sessions/${session}`, { ratePerMin: 1_000, rateBurst: 1_000 });

  const replyTo = await contact.send(own, timedText(week));
  await untilTimer(linked, to, week);
  const bodies = [
    { type: 'text', text: 'a reply', replyTo },
    { type: 'poll', name: 'Which?', options: ['red', 'green'] },
    { type: 'location', latitude: 1, longitude: 2 },
    { type: 'contact', contact: { name: 'Ben', phone: '15550000002' } },
  ];
  for (const body of bodies) assert.equal(await timerOf(linked, await sent(linked, { to, ...body })), week, body.type);

  const id = await sent(linked, { to, type: 'text', text: 'tpyo' });
  const edit = await sent(linked, { chat: to, text: 'typo' }, 'PATCH', `messages/${id}`);
  const { message } = await bed.simulator.ledger.waitForDelivery({ to: recipient, id: edit, device: 0 });
  assert.equal(message.protocolMessage?.editedMessage?.extendedTextMessage?.contextInfo ?? null, null);
  const { message: text } = await bed.simulator.ledger.waitForDelivery({ to: recipient, id, device: 0 });
  assert.equal(Number(text.extendedTextMessage?.contextInfo?.ephemeralSettingTimestamp), 1_700_000_000);
});

const voices: Record<string, (linked: LinkedBed) => { phone: Phone; chat: string }> = {
  'the contact': ({ contact }) => ({ phone: contact, chat: own }),
  'the own phone': ({ bed }) => ({ phone: bed.simulator.phone(own), chat: recipient }),
};

for (const [name, voice] of Object.entries(voices)) {
  test(`a timer that ${name} sets, changes and removes is followed, also after a restart`, async () => {
    await using linked = await linkedBed();
    const { bed, client, session } = linked;
    await client.call('PATCH', `/sessions/${session}`, { ratePerMin: 1_000, rateBurst: 1_000 });
    const { phone, chat } = voice(linked);

    await phone.send(chat, setting(day));
    await untilTimer(linked, to, day);
    await phone.send(chat, timedText(week));
    await untilTimer(linked, to, week);
    await bed.restart();
    await untilTimer(linked, to, week);
    await phone.send(chat, setting(0));
    await untilTimer(linked, to, null);
  });
}

test('a message to a group with a timer has it inside and outside, also when a device asks for it again', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact } = linked;
  await client.call('PATCH', `/sessions/${session}`, { ratePerMin: 1_000, rateBurst: 1_000 });
  const group = bed.simulator.addGroup({ subject: 'Choir', participants: [contact.phone, own] });
  group.change({ ephemeral: week });

  await untilTimer(linked, group.jid, week);
  contact.failDecryption({ device: 1, times: 1 });
  const id = await sent(linked, { to: group.jid, type: 'text', text: 'once more' });
  assert.equal(await timerOf(linked, id), week);
  assert.deepEqual(
    bed.simulator.ledger.stanzas({ id, tag: 'message', direction: 'in' }).map(({ attrs }) => attrs['expiration']),
    [`${week}`, `${week}`],
  );

  group.change({ ephemeral: 0 });
  await untilTimer(linked, group.jid, null);
});
