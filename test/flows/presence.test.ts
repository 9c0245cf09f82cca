import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerEntry, TypingEntry } from '../../simulator/ledger/entries.ts';
import { to } from '../support/gateway/environment.ts';
import { type ContactBed, contactBed, type LinkedBed, linkedBed, own } from '../support/gateway/linked-bed.ts';

const isAvailable = (entry: LedgerEntry): boolean => isPresence(entry, 'available');

function isPresence(entry: LedgerEntry, type: string): boolean {
  return entry.kind === 'stanza' && entry.tag === 'presence' && entry.attrs['type'] === type;
}

/** Changes settings of the running session, and resolves once it has announced what follows from them. */
async function announced({ bed, client, session }: LinkedBed, settings: object, type: string): Promise<void> {
  const from = bed.simulator.ledger.entries.length;
  await client.call('PATCH', `/sessions/${session}`, settings);
  await bed.simulator.ledger.waitFor(() =>
    bed.simulator.ledger.entries.slice(from).some((entry) => isPresence(entry, type)),
  );
}

/** Has the contact write, and resolves with the id once the session has confirmed the message. */
async function received({ bed, contact }: ContactBed): Promise<string> {
  const id = await contact.sendText(own, 'hello');
  await bed.simulator.ledger.waitFor((entry) => entry.kind === 'receipt' && entry.id === id);
  return id;
}

test('without autoRead and presenceTyping the number stays offline, so that its phone goes on ringing', async () => {
  await using linked = await linkedBed();

  const id = await received(linked);

  const { ledger } = linked.bed.simulator;
  assert.deepEqual(ledger.ticks(id), { [own]: 'sent' });
  assert.equal(ledger.entries.some(isAvailable), false);
});

test('with autoRead a contact sees two ticks and then blue ones, from the change of the setting until the next', async () => {
  await using linked = await linkedBed();
  const { ledger } = linked.bed.simulator;

  await announced(linked, { autoRead: true }, 'available');
  const read = await received(linked);
  await ledger.waitFor(() => ledger.ticks(read)[own] === 'read');
  await announced(linked, { autoRead: false }, 'unavailable');
  const unread = await received(linked);

  assert.deepEqual(ledger.ticks(unread), { [own]: 'sent' });
});

test('with autoRead a contact sees the ticks of what was written while the gateway was away', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact } = linked;
  await announced(linked, { autoRead: true }, 'available');
  await client.call('POST', `/sessions/${session}:stop`);
  const id = await contact.sendText(own, 'are you there?');

  await client.call('POST', `/sessions/${session}:start`);

  await bed.simulator.ledger.waitFor(() => bed.simulator.ledger.ticks(id)[own] === 'read');
});

test('with presenceTyping a contact sees typing before the message, for longer before a longer one', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact } = linked;
  await announced(linked, { presenceTyping: true }, 'available');

  await client.sendText(session, to, 'hi');
  await client.sendText(session, to, 'a text of some length'.repeat(2));

  const shown = bed.simulator.ledger.typing({ to: contact.lid });
  assert.deepEqual(
    shown.map((entry) => entry.shown),
    [true, true],
  );
  const [short, long] = shown.map(({ lastedMs }: TypingEntry) => lastedMs);
  assert.ok(short !== undefined && short >= 450, `${short} ms`);
  assert.ok(long !== undefined && long >= 1_200, `${long} ms`);
  const states = bed.simulator.ledger.stanzas({ tag: 'chatstate' }).map(({ children }) => children[0]);
  assert.deepEqual(states.slice(0, 3), ['composing', 'paused', 'composing']);
});

test('an account whose name is not known yet confirms visibly, and is online as soon as its phone has told', async () => {
  await using started = await contactBed();
  const { bed, client } = started;
  bed.simulator.addContact({ phone: own, name: '', devices: 1 });
  const session = await client.linked(bed.simulator, own);
  const { ledger } = bed.simulator;
  await client.call('PATCH', `/sessions/${session}`, { autoRead: true });
  await client.call('POST', `/sessions/${session}:stop`);
  await client.call('POST', `/sessions/${session}:start`);

  const id = await received(started);
  await ledger.waitFor(() => ledger.ticks(id)[own] === 'read');
  assert.equal(ledger.entries.some(isAvailable), false);
  bed.simulator.phone(own).setName('Shop');
  await bed.simulator.phone(own).sendText(to, 'from the phone');
  await ledger.waitFor((entry) => isAvailable(entry) && entry.kind === 'stanza' && entry.attrs['name'] === 'Shop');
});
