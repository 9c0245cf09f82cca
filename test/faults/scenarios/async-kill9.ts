import { setTimeout as pause } from 'node:timers/promises';
import type { CrashPlan } from '../harness/crash-plan.ts';
import type { EventLog } from '../harness/judge/event-log.ts';
import { judgeStatuses } from '../harness/judge/exactly-once.ts';
import { countWindows, type LifeEnd, windows } from '../harness/judge/in-flight.ts';
import { type Intent, intend, sendAsync } from '../harness/load/accepted-sends.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { type GatewayStage, oneGateway } from '../harness/stages.ts';
import { phoneOf } from '../support/world.ts';

/** Kills beyond the wanted ones that may be spent on a window that was hit too seldom, for each wanted one. */
const extraKills = 1;

export const asyncKill9 = scenario({
  name: 'async-kill9',
  id: 'q1',
  about: 'async sends of many sessions through kill -9 at random moments',
  full: { sessions: 50, sends: 10_000, kills: 200 },
  short: { sessions: 10, sends: 1_000, kills: 20 },
  stage: oneGateway({ settings: { LOG_LEVEL: 'info' }, ledgerSize: 3_000_000 }),
  // Acknowledgements take their time, as on the real network; one session gets no receipts, so no evidence either.
  faults: [
    { kind: 'late-ack', delayMs: 10, account: phoneOf(0), confirm: false },
    { kind: 'late-ack', delayMs: 40, account: phoneOf(1) },
    { kind: 'late-ack', delayMs: 10 },
  ],
  disturb: async (stage, run) => {
    const intents: Intent[] = [];
    const budget = { allowed: 0 };
    const producing = produce(stage, run, intents, budget);
    const ends = await killAll(stage, run, budget);
    await stage.lives.start();
    budget.allowed = run.size.sends;
    await producing;
    run.say(`${intents.length} sends asked for; finishing`);
    return { intents, ordered: intents, kills: stage.lives.kills, ends };
  },
  judge: ({ world, events }, { intents, ends }, run) => {
    const hits = countWindows(world, ends, idFrom(events));
    for (const window of windows) {
      const least = leastInWindow(run);
      run.verdicts.judge(`enough kills ${window}`, hits[window] >= least, `${hits[window]}, wanted ${least}`);
    }
    judgeStatuses(events, intents, run.verdicts);
  },
});

/** Each session asks for its sends one after the other, and no further ahead than the budget allows. */
async function produce(
  { world, sessions }: GatewayStage,
  { size, random }: Run,
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
async function killAll(stage: GatewayStage, run: Run, budget: { allowed: number }): Promise<LifeEnd[]> {
  const { world, lives, events } = stage;
  const { kills, sends } = run.size;
  const ends: LifeEnd[] = [];
  for (let kill = 0; kill < kills * (1 + extraKills); kill += 1) {
    budget.allowed = Math.min(sends, Math.ceil((sends * (kill + 1)) / kills));
    await killWhenBusy(stage, run, kill);
    ends.push(await lives.lastEnd());
    const hits = countWindows(world, ends, idFrom(events));
    if ((kill + 1) % 10 === 0) run.say(`${kill + 1} kills: ${JSON.stringify(hits)}`);
    if (kill + 1 >= kills && windows.every((window) => hits[window] >= leastInWindow(run))) break;
    await lives.start(planFor(run));
  }
  return ends;
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
async function killWhenBusy({ simulator, lives }: GatewayStage, { random }: Run, kill: number): Promise<void> {
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
