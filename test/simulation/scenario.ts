import { unwrap } from '../../src/domain/errors.ts';
import { isSettled } from '../../src/domain/outbox.ts';
import { defaultSettings } from '../../src/domain/session.ts';
import { requireSoundEnd } from './checks/end-checks.ts';
import { scheduleBursts } from './faults/fault-bursts.ts';
import { SimulatedClient } from './world/clients.ts';
import { Operator } from './world/operator.ts';
import { addressOf, type World } from './world/world.ts';

const minuteMs = 60_000;

/** How long everything may take to settle once the faults are over. */
const restMs = 60 * minuteMs;

/** Two sessions of one organization, each with its clients and its operator, first with faults and then without. */
export async function play(world: World): Promise<void> {
  const { scheduler, faultModel, prng } = world;
  world.begin();
  const operators = [await create(world), await create(world)];
  await untilSettled(world, operators);

  faultModel.turn('on');
  scheduleBursts(world);
  const endsAt = scheduler.time + prng.between(12, 25) * minuteMs;
  const isOver = (): boolean => scheduler.time >= endsAt;
  const callers = operators.flatMap(({ session }, index) => [
    new SimulatedClient(world, session, `s${index + 1}a`),
    new SimulatedClient(world, session, `s${index + 1}b`),
  ]);
  await Promise.all([...callers, ...operators].map((actor) => actor.act(isOver)));

  faultModel.turn('off');
  world.trace.write('the faults are over');
  await untilSettled(world, operators);
  await requireSoundEnd(world, operators);
}

async function create(world: World): Promise<Operator> {
  const { prng, processLife } = world;
  if (processLife === null) throw new Error('there is no process');
  const limits = { ratePerMin: prng.integer(6, 60), rateBurst: prng.integer(1, 8) };
  const settings = { ...defaultSettings, ...limits };
  const input = { ...addressOf(''), createdBy: 'operator', settings, start: true };
  const { record } = unwrap(await processLife.troupe.sessions.create(input));
  return new Operator(world, record.id, limits);
}

/** Waits until every send has its result and every session is connected. */
async function untilSettled(world: World, operators: readonly Operator[]): Promise<void> {
  const dueAt = world.scheduler.time + restMs;
  let open = ['everything'];
  while (open.length > 0) {
    if (world.scheduler.time > dueAt) return world.verdict.violate(`an hour after the last fault: ${open.join(', ')}`);
    await world.scheduler.pause(5_000);
    open = await listUnsettled(world, operators);
  }
}

async function listUnsettled(world: World, operators: readonly Operator[]): Promise<string[]> {
  const open: string[] = [];
  for (const operator of operators) {
    const status = (await operator.view())?.state.status ?? 'not there';
    if (status !== 'connected') open.push(`${operator.session} is ${status}`);
    if (['stopped', 'failed', 'logged_out'].includes(status)) await operator.start();
  }
  const unsettled = [...world.ledger.entries()].filter(({ row }) => !isSettled(row));
  return [...open, ...unsettled.map(({ row }) => `${row.id} is ${row.status}`)];
}
