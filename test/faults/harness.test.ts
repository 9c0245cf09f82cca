import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { intend, sendAsync } from './harness/accepted-sends.ts';
import type { CrashPoint } from './harness/crash-plan.ts';
import type { Window } from './harness/in-flight.ts';
import { countWindows } from './harness/in-flight.ts';
import { Lives } from './harness/process-lives.ts';
import { seededRandom } from './harness/random.ts';
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

test('where a kill fell is told by the store and the ledger', async () => {
  await using world = await startWorld();
  const lives = new Lives(world);
  await lives.begin();
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
      lives.over().then(async () => {
        const death = await lives.death();
        await lives.begin();
        const id = death.flights[0]?.outboxId ?? '';
        const row = await world.client.outbox(session, id);
        assert.equal(countWindows(world, [death], () => row.waMessageId)[window], 1, point);
        return row.waMessageId;
      }),
    ]);
    await eventually(() => assert.equal(world.simulator.ledger.visible({ id: waMessageId, to: recipient }).length, 1));
    await world.client.until(session, 'connected');
  }
});
