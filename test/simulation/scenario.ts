import { unwrap } from '../../src/domain/errors.ts';
import { isSettled } from '../../src/domain/outbox.ts';
import { defaultSettings } from '../../src/domain/session.ts';
import { requireSoundEnd } from './checks/end-checks.ts';
import { brew } from './faults/fault-bursts.ts';
import { SimulatedClient } from './world/clients.ts';
import { Operator } from './world/operator.ts';
import { addressOf, type World } from './world/world.ts';

const minuteMs = 60_000;

/** How long everything may take to come to rest once the faults are over. */
const restMs = 60 * minuteMs;

/** Two sessions of one organization, each with its callers and its operator, through a storm and into the calm. */
export async function play(world: World): Promise<void> {
  const { scheduler, weather, dice } = world;
  world.begin();
  const operators = [await create(world), await create(world)];
  await comeToRest(world, operators);

  weather.turn('storm');
  brew(world);
  const endsAt = scheduler.time + dice.between(12, 25) * minuteMs;
  const isOver = (): boolean => scheduler.time >= endsAt;
  const callers = operators.flatMap(({ session }, index) => [
    new SimulatedClient(world, session, `s${index + 1}a`),
    new SimulatedClient(world, session, `s${index + 1}b`),
  ]);
  await Promise.all([...callers, ...operators].map((actor) => actor.act(isOver)));

  weather.turn('calm');
  world.trace.tell('the faults are over');
  await comeToRest(world, operators);
  await requireSoundEnd(world, operators);
}

async function create(world: World): Promise<Operator> {
  const { dice, life } = world;
  if (life === null) throw new Error('there is no process');
  const limits = { ratePerMin: dice.integer(6, 60), rateBurst: dice.integer(1, 8) };
  const settings = { ...defaultSettings, ...limits };
  const input = { ...addressOf(''), createdBy: 'operator', settings, start: true };
  const { record } = unwrap(await life.troupe.sessions.create(input));
  return new Operator(world, record.id, limits);
}

/** Waits until every send has its result and every session is connected. */
async function comeToRest(world: World, operators: readonly Operator[]): Promise<void> {
  const dueAt = world.scheduler.time + restMs;
  let open = ['everything'];
  while (open.length > 0) {
    if (world.scheduler.time > dueAt) return world.verdict.violate(`an hour after the last fault: ${open.join(', ')}`);
    await world.scheduler.pause(5_000);
    open = await unrest(world, operators);
  }
}

async function unrest(world: World, operators: readonly Operator[]): Promise<string[]> {
  const open: string[] = [];
  for (const operator of operators) {
    const status = (await operator.view())?.state.status ?? 'not there';
    if (status !== 'connected') open.push(`${operator.session} is ${status}`);
    if (['stopped', 'failed', 'logged_out'].includes(status)) await operator.start();
  }
  const unsettled = [...world.books.pages()].filter(({ row }) => !isSettled(row));
  return [...open, ...unsettled.map(({ row }) => `${row.id} is ${row.status}`)];
}
