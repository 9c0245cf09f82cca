import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSqliteStore } from '../../src/store/engine/sqlite/store.ts';
import { eventually } from '../support/eventually.ts';
import { organization, recipient } from '../support/gateway/environment.ts';
import { GatewayLives } from './harness/gateway-lives.ts';
import { EventLog } from './harness/judge/event-log.ts';
import { startWorld, type World } from './support/world.ts';

const own = '491700000001';

/** How many messages are journaled in the store of a gateway that is not running. */
async function journaled({ directory }: World): Promise<number> {
  await using store = openSqliteStore({ path: directory.storePath });
  return (await store.list([organization, 'inbound-journal'], { limit: 100 })).length;
}

test('what is not told leaves nothing in the journal, at the latest after the next start', async () => {
  await using world = await startWorld();
  const lives = new GatewayLives(world);
  await lives.start();
  const session = await world.client.linked(world.simulator, own);
  await using events = await EventLog.open(world);
  const contact = world.simulator.contacts().find(({ phone }) => phone === recipient);
  assert(contact !== undefined);
  const phone = world.simulator.phone(own);

  await phone.sendText(recipient, 'my holiday', { from: 'status@broadcast', participant: phone.lid });
  // Baileys confirms a reaction to nothing, and emits no message.
  await contact.send(own, { reactionMessage: { text: '👍' } });
  await contact.sendText(own, 'hello');
  const heard = () => events.events().filter(({ payload }) => payload['body'] === 'hello').length;
  await eventually(() => assert.equal(heard(), 1));
  await lives.kill();
  assert.equal(await journaled(world), 1, 'the reaction');

  await lives.start();
  await world.client.until(session, 'connected');
  await lives.kill();
  assert.equal(await journaled(world), 0);
});

test('messages that were not recorded at kill -9 are told in the order in which they came', async () => {
  await using world = await startWorld();
  const lives = new GatewayLives(world);
  await lives.start();
  const session = await world.client.linked(world.simulator, own);
  await using events = await EventLog.open(world);
  const contact = world.simulator.contacts().find(({ phone }) => phone === recipient);
  assert(contact !== undefined);
  const texts = Array.from({ length: 30 }, (_, index) => `message ${index}`);

  const told = () => events.events().flatMap(({ event, payload }) => (event === 'message' ? [payload['body']] : []));
  await contact.sendText(own, 'before');
  await eventually(() => assert.deepEqual(told(), ['before']));

  await lives.gateway.tell({ point: 'before record', skip: 0 });
  for (const text of texts) await contact.sendText(own, text);
  await lives.untilCrashed();
  await lives.start();
  await world.client.until(session, 'connected');

  await eventually(() => assert.equal(told().length, texts.length + 1), 20_000);
  assert.deepEqual(told(), ['before', ...texts]);
});
