import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { eventually } from '../eventually.ts';
import { outboundGuard } from '../process/outbound-record.ts';
import { findRedis } from './find-redis.ts';
import { checkRedis, withRedis } from './redis-client.ts';
import { sharedRedis, startRedis } from './redis-server.ts';

const holder = join(import.meta.dirname, 'redis-holder.ts');
/** Long for a Redis to leave something unanswered. */
const silenceMs = 200;
/** Docker's containers are removed some time later than other processes end. */
const removalMs = 25_000;

test('the run says which Redis it uses', async (t) => {
  const { name } = await findRedis();
  const { url } = await sharedRedis();

  const information = await withRedis(url, (client) => client.info('server'));

  const [, version] = /^(?:valkey|redis)_version:(\S+)/m.exec(information) ?? [];
  assert.match(version ?? '', /^\d+\.\d+/);
  t.diagnostic(`redis: ${name} ${version}`);
});

test('what was appended is there after a kill and a start, at the same address', async () => {
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
  await withRedis(redis.url, (client) => client.set('name', 'Ada'));

  await redis.kill();
  await assert.rejects(checkRedis(redis.url));
  await redis.start();

  assert.equal(await withRedis(redis.url, (client) => client.get('name')), 'Ada');
});

test('without settings nothing outlives a kill', async () => {
  await using redis = await startRedis();
  await withRedis(redis.url, (client) => client.set('name', 'Ada'));

  await redis.kill();
  await redis.start();

  assert.equal(await withRedis(redis.url, (client) => client.get('name')), null);
});

test('a connection gets its answer when a paused one goes on, and none before', async () => {
  await using redis = await startRedis();
  await withRedis(redis.url, async (client) => {
    await redis.pause();
    const answered = client.ping();
    const silence = once(AbortSignal.timeout(silenceMs), 'abort').then(() => 'silence');
    // The signal alone does not keep the test alive, and a connection does.
    assert.equal(await Promise.race([answered, silence]), 'silence');

    await redis.resume();

    assert.equal(await answered, 'PONG');
  });
});

test('a paused one can be killed', async () => {
  await using redis = await startRedis();
  await redis.pause();

  await redis.kill();
  await redis.start();

  await checkRedis(redis.url);
});

test('it has the settings that it was started with', async () => {
  await using redis = await startRedis({ maxmemory: '5mb', 'cluster-enabled': 'yes' });

  await withRedis(redis.url, async (client) => {
    assert.deepEqual({ ...(await client.configGet('maxmemory')) }, { maxmemory: String(5 * 1024 * 1024) });
    assert.match(await client.info('cluster'), /cluster_enabled:1/);
  });
});

test('a setting that it does not know is told in its own words', async () => {
  await assert.rejects(startRedis({ colour: 'red' }), /colour/);
});

test('several at once have addresses and data of their own, and are gone with their tests', async () => {
  const urls: string[] = [];
  {
    await using first = await startRedis();
    await using second = await startRedis();
    await withRedis(first.url, (client) => client.set('name', 'Ada'));
    assert.equal(await withRedis(second.url, (client) => client.dbSize()), 0);
    urls.push(first.url, second.url);
  }
  assert.equal(new Set(urls).size, 2);
  for (const url of urls) await assert.rejects(checkRedis(url));
});

test('tests that share one have key spaces of their own, which are empty after them', async () => {
  await using first = await sharedRedis();
  const { url } = first;
  await withRedis(url, (client) => client.set(`${first.keyPrefix}name`, 'Ada'));
  const second = await sharedRedis();
  await withRedis(url, (client) => client.set(`${second.keyPrefix}name`, 'Grace'));
  assert.equal(second.url, url);

  await second[Symbol.asyncDispose]();

  await withRedis(url, async (client) => {
    assert.equal(await client.get(`${first.keyPrefix}name`), 'Ada');
    assert.equal(await client.get(`${second.keyPrefix}name`), null);
  });
});

test('it ends with the process that started it, whatever ends that one', async () => {
  const child = spawn(process.execPath, ['--import', outboundGuard, holder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = once(child, 'exit').then(() => assert.fail('it ended before it had a Redis'));
  const [line]: unknown[] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), failed]);
  const url = String(line);
  await checkRedis(url);

  child.kill('SIGKILL');

  await eventually(() => assert.rejects(checkRedis(url)), removalMs);
});
