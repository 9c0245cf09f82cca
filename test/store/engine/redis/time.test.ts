import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ScheduleTimer, systemTimer } from '../../../../src/domain/clock.ts';
import { RedisConnection } from '../../../../src/store/engine/redis/connection.ts';
import { eventually } from '../../../support/eventually.ts';
import { withRedis } from '../../../support/redis/redis-client.ts';
import { startRedis } from '../../../support/redis/redis-server.ts';
import { Relay } from '../../../support/redis/relay.ts';

/** How much later than now, by Redis's time, no caller waits for a commit any more. */
const waitedMs = 700;

/** Real time, but for what waits for a minute: that is due when the test says so. */
class Minutes {
  readonly #due = new Set<() => void>();
  readonly delay: ScheduleTimer = (ms, run) => {
    if (ms < 60_000) return systemTimer(ms, run);
    this.#due.add(run);
    return () => void this.#due.delete(run);
  };

  /** How many wait for a minute. */
  get waiting(): number {
    return this.#due.size;
  }

  pass(): void {
    const due = [...this.#due];
    this.#due.clear();
    for (const run of due) run();
  }
}

/** By how much a deadline is too late; negative when it is too early. Redis has the clock of this machine. */
function errorOf(connection: RedisConnection): number {
  return Number(connection.deadline()) - waitedMs - Date.now();
}

function assertExact(connection: RedisConnection): void {
  const errorMs = errorOf(connection);
  assert.ok(Math.abs(errorMs) < 100, `${errorMs} ms`);
}

test('a deadline is right although each command takes long to Redis and back', async () => {
  await using redis = await startRedis();
  await using relay = await Relay.open(redis.url);
  relay.slow({ thereMs: 300, backMs: 300 });

  await using connection = await RedisConnection.open({ url: relay.url }, { timeoutMs: 10_000 });

  assertExact(connection);
});

for (const latency of [
  { thereMs: 600, backMs: 0 },
  { thereMs: 0, backMs: 600 },
]) {
  test(`a deadline is right a minute after a way was slow: ${JSON.stringify(latency)}`, async () => {
    await using redis = await startRedis();
    await using relay = await Relay.open(redis.url);
    relay.slow(latency);
    const minutes = new Minutes();
    await using connection = await RedisConnection.open(
      { url: relay.url, delay: minutes.delay },
      { timeoutMs: 10_000 },
    );
    relay.slow({ thereMs: 0, backMs: 0 });

    minutes.pass();

    await eventually(() => assertExact(connection));
    await eventually(() => assert.equal(minutes.waiting, 1));
  });

  test(`a deadline stays right when the way is slow at a new connection: ${JSON.stringify(latency)}`, async () => {
    await using redis = await startRedis();
    await using relay = await Relay.open(redis.url);
    await using connection = await RedisConnection.open({ url: relay.url }, { timeoutMs: 10_000 });
    const id = async () => String(await connection.send('CLIENT', 'ID'));
    const before = await id();
    relay.slow(latency);

    await withRedis(redis.url, (client) => client.sendCommand(['CLIENT', 'KILL', 'ID', before]));

    await eventually(async () => assert.notEqual(await id(), before));
    await connection.learnTime();
    assertExact(connection);
  });
}

test('a connection that is closed does not ask for the time any more', async () => {
  await using redis = await startRedis();
  const minutes = new Minutes();
  const connection = await RedisConnection.open({ url: redis.url, delay: minutes.delay }, { timeoutMs: 10_000 });
  assert.equal(minutes.waiting, 1);

  await connection[Symbol.asyncDispose]();

  assert.equal(minutes.waiting, 0);
});
