import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { EventLog } from '../faults/harness/judge/event-log.ts';
import { startWorld } from '../faults/support/world.ts';
import { TemporaryFolder } from '../store/contract/sqlite-subject.ts';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/gateway/command.ts';
import { recipient, to } from '../support/gateway/environment.ts';

const own = '491700000001';
/** The first of the phone numbers of contacts who have not written yet. */
const newcomers = 6281234560000;
/** Baileys uploads so many at a time. */
const lostPreKeys = 5;

// libsignal, inside the simulator, prints sessions to it.
silenceConsole();

function isUpload({ attrs, children }: { attrs: Record<string, string>; children: readonly string[] }): boolean {
  return attrs['xmlns'] === 'encrypt' && attrs['type'] === 'set' && children.includes('list');
}

test('what a running gateway backs up is restored elsewhere: no QR code, the queue goes out, and all can decrypt', async () => {
  await using world = await startWorld();
  using folder = new TemporaryFolder();
  const [backup, data] = [join(folder.path, 'backup'), join(folder.path, 'data')];
  const contact = world.simulator.contacts().find(({ phone }) => phone === recipient);
  assert(contact !== undefined);
  const { client } = world;
  const first = await world.start();
  const session = await client.linked(world.simulator, own);
  await client.sendText(session, to, 'before the backup');
  await contact.sendText(own, 'before the backup');
  await client.call('POST', `/sessions/${session}:stop`);
  const queued = await client.call('POST', `/sessions/${session}/messages?async=true`, {
    to,
    type: 'text',
    text: 'queued',
  });

  const backedUp = await runCommand('backup', ['--to', backup, '--with-key'], { DATA_DIR: world.directory.path });
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');
  await contact.sendText(own, 'after the backup');
  await client.sendText(session, to, 'after the backup');
  await first.end('SIGKILL');
  const restored = await runCommand('restore', ['--from', backup, '--data-dir', data], {});
  await world.start([], { DATA_DIR: data });
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');
  await contact.sendText(own, 'after the restore');
  const sent = await client.sendText(session, to, 'after the restore');

  assert.deepEqual([queued.status, backedUp.code, restored.code, sent.status], [202, 0, 0, 200], restored.stderr);
  assert.match(restored.stdout, /1 linked sessions, 1 queued sends/);
  assert.equal(
    world.simulator.ledger.entries.filter((entry) => entry.kind === 'connection' && entry.event === 'linked').length,
    1,
  );
  const { undecryptable, askedByDevices, reusedKeys } = world.simulator.ledger.signal;
  assert.deepEqual(
    { undecryptable, askedByDevices, reusedKeys },
    { undecryptable: 0, askedByDevices: 0, reusedKeys: 0 },
  );
  await eventually(() => {
    const seen = world.simulator.ledger.visible({ to: recipient }).map(({ text }) => text);
    assert.equal(seen.filter((text) => text === 'queued').length, 1);
  });
});

test('contacts who get a prekey that was uploaded after the backup are asked for their message again, and it arrives', async () => {
  await using world = await startWorld();
  using folder = new TemporaryFolder();
  const [backup, data] = [join(folder.path, 'backup'), join(folder.path, 'data')];
  const { client, simulator } = world;
  const first = await world.start();
  await using events = await EventLog.open(world);
  const session = await client.linked(simulator, own);
  const backedUp = await runCommand('backup', ['--to', backup, '--with-key'], { DATA_DIR: world.directory.path });
  // At a login without prekeys on the server, others are uploaded.
  const uploads = () => simulator.ledger.stanzas({ tag: 'iq', direction: 'in' }).filter(isUpload).length;
  const before = uploads();
  simulator.takePreKeys(own, lostPreKeys);
  await client.call('POST', `/sessions/${session}:stop`);
  await client.call('POST', `/sessions/${session}:start`);
  await eventually(() => assert.equal(uploads(), before + 1));
  await first.end('SIGKILL');
  const restored = await runCommand('restore', ['--from', backup, '--data-dir', data], {});
  await world.start([], { DATA_DIR: data });
  await eventually(() => assert.equal(uploads(), before + 2));

  const contacts = Array.from({ length: 7 }, (_, number) => simulator.addContact({ phone: `${newcomers + number}` }));
  const written = new Set<unknown>();
  for (const contact of contacts) written.add(await contact.sendText(own, 'hello'));

  assert.deepEqual([backedUp.code, restored.code], [0, 0], restored.stderr);
  await eventually(() => {
    const messages = events.events().filter(({ event }) => event === 'message');
    assert.deepEqual(new Set(messages.map(({ payload }) => payload['waMessageId'])), written);
  }, 20_000);
  // The first request contains no keys, so that the contact may get another one of the lost prekeys; the second does.
  const { askedByClients } = simulator.ledger.signal;
  assert(askedByClients >= 1 && askedByClients <= 2 * lostPreKeys, `${askedByClients} retry receipts`);
});
