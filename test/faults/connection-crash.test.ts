import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { to } from '../support/gateway/environment.ts';
import { startWorld } from './support/world.ts';

const crashingCallback = join(import.meta.dirname, 'preloads/crashing-callback.ts');

test('a crash that a send leaves behind ends that connection, and no other session', async () => {
  await using world = await startWorld();
  const gateway = await world.start([crashingCallback]);
  const struck = await world.client.linked(world.simulator, '491700000001');
  const other = await world.client.linked(world.simulator, '491700000002');
  gateway.signal('SIGUSR2');
  await eventually(() => assert.match(gateway.output(), /armed/));

  await world.client.sendText(struck, to, 'struck');

  assert.match(gateway.output(), /"reason":"crashed"/);
  for (const session of [other, struck]) {
    await world.client.until(session, 'connected');
    assert.equal((await world.client.sendText(session, to, 'still here')).status, 200);
  }
});
