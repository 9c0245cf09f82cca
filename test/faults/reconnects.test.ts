import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import * as v from 'valibot';
import { eventually } from '../support/eventually.ts';
import { startWorld } from './support/world.ts';

/** A long run sets more of both: admission lets five of them reconnect in a second. */
const sessions = Number(process.env['SESSIONS'] ?? 5);
const rounds = Number(process.env['REPEATS'] ?? 6);

/** A run that is long enough to tell growth from warming up. */
const longRounds = 50;

const HeldSchema = v.strictObject({
  held: v.strictObject({
    rss: v.number(),
    heapUsed: v.number(),
    sockets: v.number(),
    timers: v.number(),
    listeners: v.number(),
  }),
});

type World = Awaited<ReturnType<typeof startWorld>>;
type Gateway = Awaited<ReturnType<World['start']>>;

const phoneOf = (session: number): string => String(491_700_000_001 + session);

/** What the gateway's process holds on to after a collection. */
async function heldBy(gateway: Gateway) {
  const lines = () => gateway.output().match(/^\{"held".*$/gm) ?? [];
  const before = lines().length;
  gateway.signal('SIGUSR2');
  const line = await eventually(() => lines()[before] ?? assert.fail('it has not answered'), 30_000);
  return v.parse(HeldSchema, JSON.parse(line)).held;
}

/** The number of the account's open connection. */
function connectionOf({ simulator }: World, phone: string): number {
  return simulator.connections().find(({ account, state }) => account === phone && state === 'open')?.id ?? 0;
}

/** The connection is reset, and the session is started at once, so that only admission holds it up. */
async function reconnect(world: World, session: string, phone: string): Promise<void> {
  const before = connectionOf(world, phone);
  world.simulator.disconnect(phone, 'reset');
  await eventually(async () => assert.notEqual((await world.client.session(session)).status, 'connected'));
  await world.client.call('POST', `/sessions/${session}:start`);
  await eventually(() => assert.ok(connectionOf(world, phone) > before), 120_000);
  await world.client.until(session, 'connected');
}

test(`${rounds} reconnects of ${sessions} sessions leave nothing behind`, async (t) => {
  await using world = await startWorld();
  const gateway = await world.start([join(import.meta.dirname, 'support/held-resources.ts')]);
  const ids: string[] = [];
  for (let session = 0; session < sessions; session += 1) {
    ids.push(await world.client.linked(world.simulator, phoneOf(session)));
  }
  const warmUp = Math.ceil(rounds / 5);
  let warm = await heldBy(gateway);
  for (let round = 1; round <= rounds; round += 1) {
    await Promise.all(ids.map((id, session) => reconnect(world, id, phoneOf(session))));
    if (round === warmUp) warm = await heldBy(gateway);
    if (round % 10 === 0) t.diagnostic(`${round}: ${JSON.stringify(await heldBy(gateway))}`);
  }
  const end = await heldBy(gateway);

  t.diagnostic(`warm ${JSON.stringify(warm)}, end ${JSON.stringify(end)}`);
  assert.equal(world.simulator.connections().length, sessions);
  assert.ok(end.sockets <= warm.sockets + sessions, `${warm.sockets} sockets became ${end.sockets}`);
  assert.equal(end.listeners, warm.listeners);
  assert.doesNotMatch(gateway.output(), /MaxListenersExceeded/);
  if (rounds < longRounds) return;
  assert.ok(end.rss < warm.rss * 1.1, `memory grew from ${warm.rss} to ${end.rss}`);
  assert.ok(end.timers <= warm.timers * 1.2, `${warm.timers} timers became ${end.timers}`);
});
