import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { to } from '../support/gateway/environment.ts';
import { assertSound, startFragileWorld, storeFaults, untilStore } from './support/broken-store.ts';
import { limitFiles } from './support/volume.ts';

const phone = '491700000001';

for (const fault of storeFaults) {
  test(`SIGTERM ends the gateway in good order while ${fault.name}, and the next one goes on`, async () => {
    await using world = await startFragileWorld();
    const { client, volume } = world;
    const gateway = await world.start();
    const session = await client.linked(world.simulator, phone);
    await fault.begin(volume, gateway);
    await client.sendText(session, to, 'never');
    await untilStore(gateway, 'failing');
    const sizes = sizesIn(volume.path);

    const began = performance.now();
    assert.equal(await gateway.end('SIGTERM'), 0);
    assert.ok(performance.now() - began < 5_000, 'nothing is waited for that cannot come');
    assert.match(gateway.output(), /the store cannot be written/);
    assert.match(gateway.output(), /gateway ended/);
    assert.ok((sizesIn(volume.path).get('troupe.db') ?? 0) >= (sizes.get('troupe.db') ?? 0), 'no file is shortened');
    await assertSound(volume.path);
    if (fault.name === 'the disk is full') await volume.free();

    await world.start();
    await client.until(session, 'connected');
    assert.equal((await client.sendText(session, to, 'now')).status, 200);
  });
}

test('a gateway that starts on a full disk is not ready, keeps its numbers offline, and recovers by itself', async () => {
  await using world = await startFragileWorld();
  const { client, simulator, volume } = world;
  const killed = await world.start();
  const session = await client.linked(simulator, phone);
  await killed.end('SIGKILL');

  await volume.fill(process.pid);
  const gateway = await world.start();
  await untilStore(gateway, 'failing');
  await simulator.ledger.waitFor(() => simulator.connections().length === 0);
  assert.equal((await client.sendText(session, to, 'never')).status, 503);

  await volume.free(process.pid, gateway.pid);
  await client.until(session, 'connected');
  assert.equal((await client.sendText(session, to, 'now')).status, 200);
});

test('a start on a data directory that cannot be written is refused in a sentence, and harms nothing', async () => {
  await using world = await startFragileWorld();
  const { client, simulator } = world;
  const killed = await world.start();
  const session = await client.linked(simulator, phone);
  await killed.end('SIGKILL');

  await limitFiles(process.pid, 0);
  await assert.rejects(
    world.start(),
    /Troupe did not start: The data directory \S+ cannot be used: disk I\/O error\. It needs free space/,
  );
  await limitFiles(process.pid, 'unlimited');

  await assertSound(world.volume.path);
  await world.start();
  await client.until(session, 'connected');
});

function sizesIn(folder: string): Map<string, number> {
  return new Map(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]));
}
