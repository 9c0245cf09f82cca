import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { Membership } from '../../../../src/actors/cluster/membership/membership.ts';
import type { ScheduleTimer } from '../../../../src/domain/clock.ts';
import { systemClock } from '../../../../src/domain/clock.ts';
import { nodeLeases } from '../../../../src/store/records/cluster/node-leases.ts';
import { SealedFolder } from '../../../store/encryption/support.ts';
import { eventually } from '../../../support/eventually.ts';

test('a renewal that is answered after the lease is over does not bring it back', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const stored = nodeLeases(store);
  const timers = new Map<() => void, number>();
  const delay: ScheduleTimer = (ms, run) => {
    timers.set(run, ms);
    return () => void timers.delete(run);
  };
  const runWhat = (isDue: (ms: number) => boolean) => {
    for (const [run, ms] of timers) if (isDue(ms)) run();
  };
  const answer = Promise.withResolvers<void>();
  const back = Promise.withResolvers<void>();
  const steps: string[] = [];
  const membership = new Membership({
    ...{
      nodeId: 'one',
      publicKey: 'x',
      sessions: () => 0,
      delay,
      random: Math.random,
      logger: pino({ level: 'silent' }),
    },
    clock: systemClock(() => performance.now()),
    onLost: () => void steps.push('lost'),
    nodes: {
      ...stored,
      renew: async (node) => {
        const isRenewed = await stored.renew(node);
        steps.push('renewed');
        await answer.promise;
        return isRenewed;
      },
      join: async (node) => {
        steps.push('joining');
        if (steps.length > 1) await back.promise;
        await stored.join(node);
      },
    },
  });
  await membership.start();

  runWhat((ms) => ms <= 3_000);
  await eventually(() => assert.equal(steps.at(-1), 'renewed'));
  runWhat((ms) => ms > 3_000);
  answer.resolve();
  await eventually(() => assert.equal(steps.at(-1), 'joining'));
  const wasValid = membership.isValid;
  back.resolve();
  await eventually(() => assert.ok(membership.isValid));
  await membership.leave();

  assert.deepEqual(steps, ['joining', 'renewed', 'lost', 'joining']);
  assert.equal(wasValid, false);
});
