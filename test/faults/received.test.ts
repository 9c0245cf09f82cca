import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { recipient } from '../support/gateway/environment.ts';
import type { CrashPoint } from './harness/crash-plan.ts';
import { GatewayLives } from './harness/gateway-lives.ts';
import { EventLog } from './harness/judge/event-log.ts';
import { startWorld, type World } from './support/world.ts';

const own = '491700000001';

/** What a contact may write, each to be told as an event with this text. */
const chats: Record<string, (world: World) => (text: string) => Promise<unknown>> = {
  'to the number': ({ simulator }) => {
    const contact = simulator.contacts().find(({ phone }) => phone === recipient);
    return async (text) => contact?.sendText(own, text);
  },
  'to a group': ({ simulator }) => {
    const group = simulator.addGroup({ subject: 'Choir', participants: [recipient, own] });
    return (text) => group.sendText(recipient, text);
  },
};

/** `after ratchet commit`: it is not confirmed yet; `before record`: it is. */
const points: readonly CrashPoint[] = ['after ratchet commit', 'before record'];

for (const [chat, write] of Object.entries(chats)) {
  test(`a message ${chat} that is being received at kill -9 is told once, and nobody is asked for it again`, async () => {
    await using world = await startWorld();
    const lives = new GatewayLives(world);
    await lives.start();
    const session = await world.client.linked(world.simulator, own);
    await using events = await EventLog.open(world);
    const say = write(world);
    const heard = (text: string) => events.events().filter(({ payload }) => payload['body'] === text).length;
    await say('before');
    await eventually(() => assert.equal(heard('before'), 1));
    for (const point of points) {
      await lives.gateway.tell({ point, skip: 0 });
      await say(point);
      await lives.untilCrashed();
      await lives.start();
      await world.client.until(session, 'connected');
      await say(`then, ${point}`);
      await eventually(() => assert.equal(heard(`then, ${point}`), 1));
    }
    assert.deepEqual(
      points.map((point) => [point, heard(point)]),
      points.map((point) => [point, 1]),
    );
    assert.equal(world.simulator.ledger.signal.askedByClients, 0);
  });
}
