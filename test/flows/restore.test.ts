import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { startWorld } from '../faults/support/world.ts';
import { TemporaryFolder } from '../store/contract/sqlite-subject.ts';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/gateway/command.ts';
import { recipient, to } from '../support/gateway/environment.ts';

const own = '491700000001';

// libsignal, inside the simulator, prints sessions to it.
silenceConsole();

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
