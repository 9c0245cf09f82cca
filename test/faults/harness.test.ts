import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import type { CrashPoint } from './harness/crash-plan.ts';
import { GatewayLives } from './harness/gateway-lives.ts';
import type { Window } from './harness/judge/in-flight.ts';
import { countWindows } from './harness/judge/in-flight.ts';
import { intend, sendAsync } from './harness/load/accepted-sends.ts';
import { seededRandom } from './harness/random.ts';
import { chooseScenarios } from './harness/scenario.ts';
import { startWorld } from './support/world.ts';

test('the same seed makes the same choices, and another one others', () => {
  const choices = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, () => random.between(1, 1_000));
  };

  assert.deepEqual(choices(7), choices(7));
  assert.notDeepEqual(choices(7), choices(8));
  assert(choices(7).every((choice) => choice >= 1 && choice <= 1_000));
});

test('a scenario is chosen by its name or by its id, and one that does not exist is refused with all that do', () => {
  const scenarios = [{ name: 'async-kill9', id: 'q1' }, { name: 'drain' }, { name: 'paused-owner', id: 'l1' }];
  const chosen = (only?: string) => chooseScenarios(scenarios, only).map(({ name }) => name);

  assert.deepEqual(chosen(), ['async-kill9', 'drain', 'paused-owner']);
  assert.deepEqual(chosen('l1,async-kill9'), ['async-kill9', 'paused-owner']);
  assert.deepEqual(chosen('drain,q1'), ['async-kill9', 'drain']);
  assert.throws(() => chosen('q1,q2'), /no scenario q2; there are async-kill9 \(q1\), drain, paused-owner \(l1\)/);
});

test('where a kill fell is told by the store and the ledger', async () => {
  await using world = await startWorld();
  const lives = new GatewayLives(world);
  await lives.start();
  const session = await world.client.linked(world.simulator, '491700000001');
  const expected: readonly (readonly [CrashPoint, Window])[] = [
    ['after begin', 'before the wire'],
    ['after ratchet commit', 'before the wire'],
    ['after ack', 'ack to record'],
  ];
  for (const [point, window] of expected) {
    assert.equal((await world.client.sendText(session, to, 'before')).status, 200);
    await lives.gateway.tell({ point, skip: 0 });
    const [, waMessageId] = await Promise.all([
      sendAsync(world, intend(session, point), point.replaceAll(' ', '-')).catch(() => undefined),
      lives.untilCrashed().then(async () => {
        const end = await lives.lastEnd();
        await lives.start();
        const id = end.inFlight[0]?.outboxId ?? '';
        const row = await world.client.outbox(session, id);
        assert.equal(countWindows(world, [end], () => row.waMessageId)[window], 1, point);
        return row.waMessageId;
      }),
    ]);
    await eventually(() => assert.equal(world.simulator.ledger.visible({ id: waMessageId, to: recipient }).length, 1));
    await world.client.until(session, 'connected');
  }
});
