import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { eventually } from '../../support/eventually.ts';
import { runCommand } from '../../support/gateway/command.ts';
import { withRedis } from '../../support/redis/redis-client.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import { Conversation } from '../harness/load/conversation.ts';
import type { Scenario } from '../harness/scenario.ts';
import { oneGateway } from '../harness/stages.ts';

/** How long the lease of a gateway that was killed may keep others away, and some more. */
const leaseOverMs = 20_000;

export const restoreRedis: Scenario = {
  name: 'restore-redis',
  about: 'a Redis that goes back to its last snapshot while no gateway runs, and is made fit for use',
  full: { sessions: 10, sends: 10, kills: 1 },
  short: { sessions: 3, sends: 4, kills: 1 },
  run: async ({ size, verdicts, say }) => {
    await using redis = await startRedis();
    const settings = { REDIS_URL: redis.url, MASTER_KEY: randomBytes(32).toString('hex') };
    await using stage = await oneGateway({ settings, ledgerSize: 1_000_000 })({ size });
    const { world, lives, events, sessions } = stage;
    const conversation = new Conversation(world, sessions);
    await conversation.rounds(size.sends);
    await withRedis(redis.url, (client) => client.sendCommand(['SAVE']));
    await conversation.rounds(size.sends);
    // What is confirmed by now is not in what is restored: it must have been told.
    await conversation.missing(events);
    await lives.kill();
    await redis.kill();
    await redis.start();

    const restored = await eventually(async () => {
      const printed = await runCommand('restore', ['--in-redis'], settings);
      assert.equal(printed.code, 0, printed.stderr);
      return printed.stdout;
    }, leaseOverMs);
    say(restored.split('\n')[0] ?? '');
    await lives.start();
    for (const session of sessions) await eventually(() => world.client.until(session, 'connected'), leaseOverMs);
    await conversation.rounds(size.sends);

    const { ledger } = world.simulator;
    const { undecryptable, askedByDevices, askedByClients, reusedKeys } = ledger.signal;
    const scans = ledger.entries.filter((entry) => entry.kind === 'connection' && entry.event === 'linked').length;
    const missing = await conversation.missing(events);
    const gaps = events.events().filter(({ event }) => event === 'stream.gap').length;
    verdicts.judge('nobody had to scan again', scans === sessions.length, `${scans} scans`);
    verdicts.judge('recipients can decrypt everything at once', undecryptable === 0 && askedByDevices === 0);
    verdicts.judge('no Signal key encrypts twice', reusedKeys === 0, `${reusedKeys} keys used again`);
    verdicts.judge('everything that others wrote is told', missing.length === 0, `${missing.length} are not`);
    verdicts.judge(
      'each chat is asked for one message at most',
      askedByClients <= 2 * sessions.length,
      `${askedByClients}`,
    );
    verdicts.judge('readers are told of the hole, once', gaps === 1, `${gaps} gaps`);
  },
};
