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

let lastNumber = 628_700_000_000;

function contact(options: Omit<ContactOptions, 'phone'> = {}): Contact {
  lastNumber += 1;
  return simulator.addContact({ phone: String(lastNumber), ...options });
}

function group(...members: Contact[]): string {
  return simulator.addGroup({ subject: 'Team', participants: [own, ...members.map(({ phone }) => phone)] }).jid;
}

async function send(jid: string, text: string): Promise<string> {
  const answer = await client.sendText(session, jid, text);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return v.parse(SendResultSchema, answer.body).waMessageId;
}

/** Waits until a contact's devices have decrypted a message; `resend` is what each says of it. */
async function assertRead(id: string, { phone, devices }: Contact, resend: number): Promise<void> {
  await eventually(() => {
    const read = ledger.deliveries({ id, to: phone });
    assert.deepEqual(
      read.map((delivery) => [delivery.device, delivery.resend]).toSorted(([one = 0], [other = 0]) => one - other),
      Array.from({ length: devices }, (_, device) => [device, resend]),
    );
  }, 5_000);
}

/** The client has confirmed the newest notification of a type. */
async function noticed(type: string): Promise<void> {
  const sent = ledger
    .stanzas({ direction: 'out', tag: 'notification' })
    .findLast(({ attrs }) => attrs['type'] === type);
  await ledger.waitFor((entry) => entry.kind === 'stanza' && entry.tag === 'ack' && entry.id === sent?.id);
}

/** Two groups with the contact that have had a message, and so has the contact. */
async function known(ada: Contact): Promise<{ team: string; other: string }> {
  const team = group(ada, contact({ devices: 1 }));
  const other = group(ada);
  for (const jid of [ada.jid, team, other]) await assertRead(await send(jid, 'before'), ada, 0);
  return { team, other };
}

test('after the notice of a contact with a new phone every message is readable at once, in every chat', async () => {
  const ada = contact({ asks: 'never' });
  const { team, other } = await known(ada);
  ada.reinstall();
  await noticed('encrypt');

  for (const jid of [team, ada.jid, other]) await assertRead(await send(jid, 'after'), ada, 0);
});

test('a notice that arrives while the session is stopped is as good', async () => {
  const ada = contact({ asks: 'never' });
  const { team, other } = await known(ada);
  await reconnected(() => ada.reinstall());
  await noticed('encrypt');

  for (const jid of [team, ada.jid, other]) await assertRead(await send(jid, 'after'), ada, 0);
});

test('without a notice one request is enough, for all groups', async () => {
  const ada = contact({ devices: 1 });
  const { team, other } = await known(ada);
  ada.reinstall({ notify: false });

  const first = await send(team, 'after');
  await ledger.waitForDelivery({ id: first, to: ada.phone });
  await assertRead(await send(team, 'next'), ada, 0);
  await assertRead(await send(other, 'after'), ada, 0);
  assert.equal(ledger.entries.filter((entry) => entry.kind === 'undecryptable' && entry.to === ada.phone).length, 1);
});

test('a contact with a new phone who never asks reads what follows what they write', async () => {
  const ada = contact({ asks: 'never' });
  const { team, other } = await known(ada);
  ada.reinstall({ notify: false });
  const id = await ada.sendText(own, 'my new phone');
  await received(id);

  for (const jid of [ada.jid, team, other]) await assertRead(await send(jid, 'after'), ada, 0);
});

test('a contact with a new phone who asks too late reads what follows', async () => {
  const ada = contact({ devices: 1, asks: 'never' });
  const { team, other } = await known(ada);
  ada.reinstall({ notify: false });
  const late = '3EB0000000000000000000';
  ada.requestRetry(late, own, team);
  await ledger.waitFor((entry) => entry.kind === 'stanza' && entry.tag === 'ack' && entry.id === late);

  for (const jid of [team, ada.jid, other]) await assertRead(await send(jid, 'after'), ada, 0);
});

test('sessions with known devices outlive reconnects, and take no more keys', async () => {
  const ada = contact();
  const team = group(ada);
  for (const jid of [ada.jid, team]) await assertRead(await send(jid, 'before'), ada, 0);
  const written = await ada.sendText(own, 'and back');
  await received(written);
  const keyQueries = () =>
    ledger
      .stanzas({ direction: 'in', tag: 'iq' })
      .filter(({ attrs, children }) => attrs['xmlns'] === 'encrypt' && children.includes('key')).length;
  const before = keyQueries();

  for (let reconnect = 0; reconnect < 3; reconnect += 1) {
    await reconnected();
    await assertRead(await send(ada.jid, `after ${reconnect}`), ada, 0);
  }
  await assertRead(await send(team, 'after'), ada, 0);

  assert.equal(keyQueries() - before, 0);
});

test('a message to a group that others have overtaken is read from the key that is kept for it', async () => {
  const ada = contact();
  const team = group(ada);
  const first = await ada.sendText(team, 'g1');
  await received(first);
  ada.holdBack(1);
  const second = await ada.sendText(team, 'g2');
  const third = await ada.sendText(team, 'g3');
  await received(third);
  const asked = ledger.signal.askedByClients;

  ada.releaseHeld();

  await received(second);
  assert.equal(ledger.signal.askedByClients, asked);
});

/** Ends the connection, and waits for the next one. */
async function reconnected(meanwhile = () => {}): Promise<void> {
  await client.call('POST', `/sessions/${session}:stop`);
  await client.until(session, 'stopped');
  meanwhile();
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');
}

/** Waits until the client confirms a message of a contact, which it has decrypted and stored then. */
async function received(id: string): Promise<void> {
  await ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.tag === 'receipt' && entry.id === id && entry.attrs['type'] !== 'retry',
  );
}

test('a device of somebody else who knows the id of a message does not get it', async () => {
  const ada = contact({ devices: 1 });
  const ben = contact({ devices: 1 });
  const team = group(ada);
  await send(ben.jid, 'to Ben');
  const ids = [await send(ada.jid, 'to Ada alone'), await send(team, 'to the team')];

  const confirmed = () => ledger.stanzas({ direction: 'in', tag: 'ack' }).filter(({ id }) => ids.includes(id ?? ''));
  const [direct = '', toTeam = ''] = ids;
  const before = confirmed().length;
  ben.requestRetry(direct, own);
  ben.requestRetry(toTeam, own);
  ben.requestRetry(toTeam, own, team);
  ben.requestRetry(direct, own, team);
  await ledger.waitFor(() => confirmed().length === before + 4);
  ada.requestRetry(direct, own);
  await ledger.waitFor(() => ledger.deliveries({ id: direct, to: ada.phone }).length === 2);

  for (const id of ids) assert.deepEqual(ledger.deliveries({ id, to: ben.phone }), []);
  const addressedToBen = ledger
    .stanzas({ direction: 'in', tag: 'message' })
    .filter(
      ({ to, attrs, id }) =>
        ids.includes(id ?? '') && [to, attrs['participant']].some((jid) => jid === ben.jid || jid === ben.lid),
    );
  assert.deepEqual(addressedToBen, []);
});
