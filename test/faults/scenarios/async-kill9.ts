import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { type Intent, intend, sendAsync } from '../harness/accepted-sends.ts';
import type { CrashPlan } from '../harness/crash-plan.ts';
import { EventLog } from '../harness/event-log.ts';
import { judgeExactlyOnce, judgeStatuses } from '../harness/exactly-once.ts';
import { countWindows, type Death, windows } from '../harness/in-flight.ts';
import { Lives } from '../harness/process-lives.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { settled } from '../harness/wait-settled.ts';
import { linkAll, phoneOf, startWorld, type World } from '../support/world.ts';

/** Kills beyond the wanted ones that may be spent on a window that was hit too seldom, for each wanted one. */
const extraKills = 1;

export const q1: Scenario = {
  name: 'q1',
  about: 'async sends of many sessions through kill -9 at random moments',
  full: { sessions: 50, sends: 10_000, kills: 200 },
  short: { sessions: 10, sends: 1_000, kills: 20 },
  run: async (run) => {
    await using world = await startWorld({ LOG_LEVEL: 'info' }, { ledgerSize: 3_000_000 });
    slowAcks(world);
    const lives = new Lives(world);
    await lives.begin();
    await using events = await EventLog.open(world);
    const sessions = await linkAll(world, run.size.sessions);
    await eventually(() => assert(events.events().length > 0));
    const intents: Intent[] = [];
    const budget = { allowed: 0 };
    const producing = produce(world, run, sessions, intents, budget);
    const deaths = await killAll(world, lives, run, { events, budget });
    await lives.begin();
    budget.allowed = run.size.sends;
    await producing;
    run.say(`${intents.length} sends asked for; finishing`);
    await settled(world, events, sessions);
    const hits = countWindows(world, deaths, idFrom(events));
    for (const window of windows) {
      const least = leastInWindow(run);
      run.verdicts.judge(`enough kills ${window}`, hits[window] >= least, `${hits[window]}, wanted ${least}`);
    }
    judgeExactlyOnce({ world, events, verdicts: run.verdicts }, { intents, ordered: intents, kills: lives.kills });
    judgeStatuses(events, intents, run.verdicts);
  },
};

/** Acknowledgements take their time, as on the real network; and one session gets no receipts, so no evidence either. */
function slowAcks({ simulator }: World): void {
  simulator.faults.add({ kind: 'late-ack', delayMs: 10, account: phoneOf(0), confirm: false });
  simulator.faults.add({ kind: 'late-ack', delayMs: 40, account: phoneOf(1) });
  simulator.faults.add({ kind: 'late-ack', delayMs: 10 });
}

/** Each session asks for its sends one after the other, and no further ahead than the budget allows. */
async function produce(
  world: World,
  { size, random }: Run,
  sessions: readonly string[],
  intents: Intent[],
  budget: { allowed: number },
): Promise<void> {
  const share = size.sends / sessions.length;
  const sendAll = async (session: string, index: number): Promise<void> => {
    for (let sent = 0; sent < share; sent += 1) {
      while (sent * sessions.length >= budget.allowed) await pause(20);
      const isKeyed = random.next() < 0.75;
      const intent = intend(session, `session ${index} send ${sent}`);
      intents.push(intent);
      await sendAsync(world, intent, isKeyed ? intent.text.replaceAll(' ', '-') : null);
    }
  };
  await Promise.all(sessions.map(sendAll));
}

/** Kills until it has killed often enough, and often enough in each window. */
async function killAll(
  world: World,
  lives: Lives,
  run: Run,
  { events, budget }: { events: EventLog; budget: { allowed: number } },
): Promise<Death[]> {
  const { kills, sends } = run.size;
  const deaths: Death[] = [];
  for (let kill = 0; kill < kills * (1 + extraKills); kill += 1) {
    budget.allowed = Math.min(sends, Math.ceil((sends * (kill + 1)) / kills));
    await liveAndDie(world, lives, run, kill);
    deaths.push(await lives.death());
    const hits = countWindows(world, deaths, idFrom(events));
    if ((kill + 1) % 10 === 0) run.say(`${kill + 1} kills: ${JSON.stringify(hits)}`);
    if (kill + 1 >= kills && windows.every((window) => hits[window] >= leastInWindow(run))) break;
    await lives.begin(planFor(run));
  }
  return deaths;
}

function leastInWindow({ size }: Run): number {
  return Math.ceil(size.kills / 10);
}

function idFrom(events: EventLog): (outboxId: string) => string | undefined {
  return (outboxId) => events.statuses().get(outboxId)?.[0]?.waMessageId;
}

/** Most lives end at a moment that the harness chooses, the others at a point that their preload knows better. */
function planFor({ random }: Run): CrashPlan | undefined {
  const skip = random.between(0, 10);
  const chance = random.next();
  if (chance < 0.15) return { point: 'after begin', skip };
  if (chance < 0.3) return { point: 'after ack', skip };
  return undefined;
}

/** Kills once the life has put some messages on the wire, or after a while if it does not. */
async function liveAndDie({ simulator }: World, lives: Lives, { random }: Run, kill: number): Promise<void> {
  const messages = random.between(1, 30);
  const isLong = kill % 10 === 9;
  const longest = isLong ? 12_000 : 3_000;
  let seen = 0;
  const { since } = lives;
  const busy = simulator.ledger.waitFor(
    (entry) => {
      if (entry.kind === 'stanza' && entry.tag === 'message' && entry.direction === 'in' && entry.seq > since)
        seen += 1;
      return !isLong && seen >= messages;
    },
    { timeoutMs: longest },
  );
  await Promise.race([busy.catch(() => undefined), lives.gateway.ended]);
  await pause(random.between(0, 25));
  await lives.kill();
}
