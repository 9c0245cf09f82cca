import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import type { Contact, ContactOptions } from '../../simulator/api/contact-api.ts';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { eventually } from '../support/eventually.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

const { bed, client, session } = shared(await linkedBed());
const { simulator } = bed;
const { ledger } = simulator;

let lastNumber = 628_800_000_000;

/** A new contact, to whom nobody has written. */
function contact(options: Omit<ContactOptions, 'phone'> = {}): Contact {
  lastNumber += 1;
  return simulator.addContact({ phone: String(lastNumber), ...options });
}

/** Sends a text, which has to be accepted; yields its id. */
async function send(jid: string, text: string): Promise<string> {
  const answer = await client.sendText(session, jid, text);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return v.parse(SendResultSchema, answer.body).waMessageId;
}

const alphabetically = (one: string, other: string) => one.localeCompare(other);

/** The devices that decrypted a message, as `phone:device`; each once. */
function readers(id: string): string[] {
  return ledger
    .deliveries({ id })
    .map(({ to, device }) => `${to}:${device}`)
    .toSorted(alphabetically);
}

/** Waits until these devices have decrypted a message, and no others. */
async function assertRead(id: string, devices: readonly string[]): Promise<void> {
  const expected = devices.toSorted(alphabetically);
  await eventually(() => assert.deepEqual(readers(id), expected), 5_000);
}

function group(...members: Contact[]): string {
  return simulator.addGroup({ subject: 'Team', participants: [own, ...members.map(({ phone }) => phone)] }).jid;
}

/** The client has confirmed the newest notification of a type. */
async function noticed(type: string): Promise<void> {
  const sent = ledger
    .stanzas({ direction: 'out', tag: 'notification' })
    .findLast(({ attrs }) => attrs['type'] === type);
  await ledger.waitFor((entry) => entry.kind === 'stanza' && entry.tag === 'ack' && entry.id === sent?.id);
}

const devicesOf = ({ phone }: Contact, ...ids: number[]) => ids.map((id) => `${phone}:${id}`);
const ownPhone = `${own}:0`;

for (const code of [404, 406, 0]) {
  test(`a device without keys (${code}) keeps a message from nobody, and gets the first one after it has keys`, async () => {
    const ben = contact({ keyless: [1] });
    const ada = contact();
    ben.setKeys(1, code);
    const team = group(ada, ben);

    const toTeam = await send(team, 'all');
    const direct = await send(ben.jid, 'you');
    ben.setKeys(1, undefined);
    const later = await send(ben.jid, 'you again');
    const laterToTeam = await send(team, 'all again');

    await assertRead(toTeam, [...devicesOf(ada, 0, 1), ...devicesOf(ben, 0), ownPhone]);
    await assertRead(direct, [...devicesOf(ben, 0), ownPhone]);
    await assertRead(later, [...devicesOf(ben, 0, 1), ownPhone]);
    await assertRead(laterToTeam, [...devicesOf(ada, 0, 1), ...devicesOf(ben, 0, 1), ownPhone]);
    assert.equal(ledger.entries.filter((entry) => entry.kind === 'undecryptable').length, 0);
  });
}

test('a phone that could not decrypt gets the message again although another device has no keys', async () => {
  const ada = contact({ devices: 1 });
  const ben = contact({ keyless: [1] });
  const team = group(ada, ben);
  await send(team, 'before');
  ada.failDecryption({ times: 1 });

  const id = await send(team, 'again');
  await ledger.waitForDelivery({ id, to: ada.phone });
  ben.setKeys(1, undefined);

  await assertRead(await send(team, 'all'), [...devicesOf(ada, 0), ...devicesOf(ben, 0, 1), ownPhone]);
  assert.deepEqual(
    ledger.entries.filter((entry) => entry.kind === 'undecryptable' && entry.to === ben.phone),
    [],
  );
});

test('a contact none of whose devices has keys is refused with the code of WhatsApp', async () => {
  const gone = contact({ devices: 1, keyless: [0] });

  const answer = await client.sendText(session, gone.jid, 'hello?');

  assert.equal(answer.status, 502);
  assert.match(JSON.stringify(answer.body), /404/);
});

test('without keys of an own device a message goes to the others', async () => {
  const second = await client.linked(simulator, '491700000077');
  const phone = simulator.phone('491700000077');
  phone.setKeys(phone.addDevice(), 404);
  await noticed('account_sync');
  const ada = contact();

  const answer = await client.sendText(second, ada.jid, 'hello');

  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  await assertRead(v.parse(SendResultSchema, answer.body).waMessageId, [...devicesOf(ada, 0, 1), '491700000077:0']);
});

test('a session with a device that has no one-time prekeys left is as good', async () => {
  const ada = contact();
  ada.limitPreKeys(0);

  await assertRead(await send(ada.jid, 'hello'), [...devicesOf(ada, 0, 1), ownPhone]);
});

for (const space of ['jid', 'lid'] as const) {
  test(`a device that the recipient, addressed by ${space}, has linked without notice gets the message, once`, async () => {
    const ada = contact({ asks: 'never' });
    await send(ada[space], 'before');
    ada.addDevice({ notify: false });

    const id = await send(ada[space], 'after');
    const next = await send(ada[space], 'next');

    await assertRead(id, [...devicesOf(ada, 0, 1, 2), ownPhone]);
    await assertRead(next, [...devicesOf(ada, 0, 1, 2), ownPhone]);
    assert.equal(ledger.tally(id).arrivals, 2);
  });
}

test('a device that a member of a group has linked without notice gets the message, too', async () => {
  const ada = contact({ asks: 'never' });
  const ben = contact({ asks: 'never' });
  const team = group(ada, ben);
  await send(team, 'before');
  ada.addDevice({ notify: false });

  const id = await send(team, 'after');
  const next = await send(team, 'next');

  await assertRead(id, [...devicesOf(ada, 0, 1, 2), ...devicesOf(ben, 0, 1), ownPhone]);
  await assertRead(next, [...devicesOf(ada, 0, 1, 2), ...devicesOf(ben, 0, 1), ownPhone]);
});

test('a hash that stays another is looked into once, and nobody gets a second copy', async () => {
  const ada = contact();
  const team = group(ada);
  const lookUps = () =>
    ledger.stanzas({ direction: 'in', tag: 'iq' }).filter(({ attrs }) => attrs['xmlns'] === 'usync').length;
  for (const jid of [ada.jid, team]) await send(jid, 'before');
  const before = lookUps();
  simulator.settings.otherHashes = true;
  const sent = [];

  for (const jid of [ada.jid, team, ada.jid, team, ada.jid, team]) {
    const id = await send(jid, 'again');
    await assertRead(id, [...devicesOf(ada, 0, 1), ownPhone]);
    sent.push(id);
  }
  simulator.settings.otherHashes = false;

  await eventually(() => assert.equal(lookUps() - before, 2));
  assert.deepEqual(
    sent.map((id) => ledger.tally(id).arrivals),
    sent.map(() => 1),
  );
});

test('a device that was linked with notice gets the next message; a removed one does not', async () => {
  const ada = contact({ asks: 'never' });
  const team = group(ada);
  await send(ada.jid, 'before');
  await send(team, 'before');
  const added = ada.addDevice();
  await noticed('devices');

  await assertRead(await send(ada.jid, 'you'), [...devicesOf(ada, 0, 1, added), ownPhone]);
  await assertRead(await send(team, 'all'), [...devicesOf(ada, 0, 1, added), ownPhone]);
  ada.removeDevice(1);
  await noticed('devices');
  await assertRead(await send(ada.jid, 'you'), [...devicesOf(ada, 0, added), ownPhone]);
  assert.equal(ledger.tally(await send(team, 'all')).resends, 0);
});

for (const [by, options, to, chat] of [
  ['number', {}, 'jid', 'lid'],
  ['LID', {}, 'lid', 'lid'],
  ['number, for want of a LID', { lid: 'none', numbers: 'accepted' }, 'jid', 'jid'],
] as const) {
  for (const notify of [true, false]) {
    const notice = notify ? 'with' : 'without';
    test(`a device that is linked to the own account ${notice} notice gets what is sent to a contact by ${by}`, async () => {
      lastNumber += 1;
      const number = String(lastNumber);
      const other = await client.linked(simulator, number);
      const ada = contact({ asks: 'never', ...options });
      const phone = simulator.phone(number);
      phone.asks('never');
      await client.sendText(other, ada[to], 'before');
      const added = phone.addDevice({ notify });
      if (notify) await noticed('account_sync');

      const answer = await client.sendText(other, ada[to], 'after');

      const { waMessageId } = v.parse(SendResultSchema, answer.body);
      await assertRead(waMessageId, [...devicesOf(ada, 0, 1), `${number}:0`, `${number}:${added}`]);
      const copies = ledger.deliveries({ id: waMessageId, to: number });
      assert.deepEqual(new Set(copies.map(({ chat }) => chat)), new Set([ada[chat]]));
    });
  }
}

test('a business on the Cloud API reads on its phone, and what its hosted device writes comes from it', async () => {
  const shop = contact({ hosted: true });
  const team = group(shop);

  await ledger.waitForDelivery({ id: await send(shop.jid, 'hello'), to: shop.phone, device: 0 });
  await assertRead(await send(team, 'all'), [...devicesOf(shop, 0, 1), ownPhone]);
  const id = await shop.sendTextHosted(own, 'what may it be?');
  const reply = await eventually(async () => {
    const answer = await client.call('POST', `/sessions/${session}/messages`, {
      to: shop.jid,
      type: 'text',
      text: 'the usual',
      replyTo: id,
    });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return v.parse(SendResultSchema, answer.body).waMessageId;
  });

  const { message } = await ledger.waitForDelivery({ id: reply, to: shop.phone, device: 0 });
  const context = message.extendedTextMessage?.contextInfo;
  assert.deepEqual([context?.stanzaId, context?.remoteJid ?? null], [id, null]);
});
