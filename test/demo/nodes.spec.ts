import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRedis } from '../support/redis/redis-server.ts';
import { Demo } from './support/demo.ts';

test('--nodes 3 kills a node, and its numbers come back elsewhere with what was queued for them', async () => {
  await using redis = await startRedis();
  await using demo = await Demo.start(['--nodes', '3', '--once'], { REDIS_URL: redis.url });

  assert.equal(await demo.ended(), 0, demo.output);

  assert.match(demo.output, /node-1 was killed \(SIGKILL\)/);
  const [, ending = ''] = demo.output.split('Its lease ran out');
  assert.equal(ending.match(/connected {3}node-[23]/g)?.length, 6, demo.output);
  assert.match(ending, /WhatsApp got it 1 time/);
  assert.deepEqual(await demo.leftovers(), []);
});

test('several nodes without any Redis end with a word on where to get one', async () => {
  await using demo = await Demo.start(['--nodes', '2', '--once'], { PATH: '' });

  assert.equal(await demo.ended(), 1);
  assert.match(demo.output, /neither redis-server nor valkey-server is on this machine: install one/);
});
