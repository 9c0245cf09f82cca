import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { judgeStatuses } from '../harness/judge/exactly-once.ts';
import { livesInFlight } from '../harness/judge/store-scan.ts';
import { type Intent, intend, sendAsync } from '../harness/load/accepted-sends.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { type BalancedStage, balancedNodes } from '../harness/stages.ts';
import type { BalancedCluster, ProcessNode } from '../support/cluster.ts';
import { phoneOf } from '../support/world.ts';

/** How long a kill waits for a victim that is at work: a lease runs out meanwhile, and sessions log in again. */
const idleMs = 16_000;
const betweenLooksMs = 50;

const ListSchema = v.looseObject({
  data: v.array(v.looseObject({ id: v.string(), status: v.string(), nodeId: v.nullable(v.string()) })),
});

export const asyncKill9Redis = scenario({
  name: 'async-kill9-redis',
  id: 'q1-redis',
  about: 'async sends through two nodes on one Redis, and kill -9 of either at random moments',
  full: { sessions: 50, sends: 10_000, kills: 100 },
  short: { sessions: 10, sends: 600, kills: 6 },
  stage: balancedNodes(['a', 'b'], { ledgerSize: 3_000_000 }),
  faults: [
    { kind: 'late-ack', delayMs: 40, account: phoneOf(0), confirm: false },
    { kind: 'late-ack', delayMs: 20 },
  ],
  disturb: async (stage, run) => {
    const intents: Intent[] = [];
    const budget = { allowed: 0 };
    const producing = produce(stage, run, intents, budget);
    const hits = await killAll(stage.cluster, run, budget);
    await producing;
    run.say(`${intents.length} sends asked for; finishing`);
    return { intents, ordered: intents, kills: run.size.kills, hits };
  },
  judge: ({ events }, { intents, hits }, { verdicts, size }) => {
    // Twenty of a hundred; a few kills may all miss by chance but for one.
    const least = Math.max(1, Math.floor(size.kills / 5));
    verdicts.judge('enough kills met a send in flight', hits >= least, `${hits} of ${size.kills}, wanted ${least}`);
    const accepted = intents.filter(({ outcome }) => outcome === 'accepted').length;
    verdicts.judge('every send was accepted in the end', accepted === size.sends, `${accepted} of ${size.sends}`);
    judgeStatuses(events, intents, verdicts);
  },
});

/** Each session asks for its sends one after the other, at one node and then at the other, within the budget. */
async function produce(
  { cluster, sessions }: BalancedStage,
  { size }: Run,
  intents: Intent[],
  budget: { allowed: number },
): Promise<void> {
  const share = size.sends / sessions.length;
  const sendAll = async (session: string, index: number): Promise<void> => {
    const client = cluster.balanced(cluster.nodes, index).client;
    for (let sent = 0; sent < share; sent += 1) {
      while (sent * sessions.length >= budget.allowed) await pause(20);
      const intent = intend(session, `session ${index} send ${sent}`);
      intents.push(intent);
      await sendAsync({ client }, intent, intent.text.replaceAll(' ', '-'));
    }
  };
  await Promise.all(sessions.map(sendAll));
}

/** Yields how many kills met a send in flight. */
async function killAll(world: BalancedCluster, run: Run, budget: { allowed: number }): Promise<number> {
  const { kills, sends } = run.size;
  await using store = await world.openStore();
  let hits = 0;
  const seen = new Set<string>();
  for (let kill = 1; kill <= kills; kill += 1) {
    const victim = run.random.pick(world.nodes);
    await untilAtWork(world, victim);
    budget.allowed = Math.ceil((sends * kill) / kills);
    await killOne(world, victim, run);
    const lives = await livesInFlight(store, victim.name);
    // Those of an earlier life stay until its lease has run out.
    if ([...lives].some((life) => !seen.has(life))) hits += 1;
    for (const life of lives) seen.add(life);
    await victim.restart();
    if (kill % 10 === 0 || kill === kills) run.say(`${kill} kills, ${hits} of them with a send in flight`);
  }
  budget.allowed = sends;
  return hits;
}

/** Waits until a node has connected sessions, but not for ever: it is killed without any, too. */
async function untilAtWork({ client }: BalancedCluster, { name }: ProcessNode): Promise<void> {
  const deadline = performance.now() + idleMs;
  while (performance.now() < deadline) {
    const { data } = v.parse(ListSchema, (await client.call('GET', '/sessions?limit=100')).body);
    if (data.some(({ nodeId, status }) => nodeId === name && status === 'connected')) return;
    await pause(betweenLooksMs);
  }
}

/** Kills once some more messages have come to the wire, or a while after. */
async function killOne({ simulator }: BalancedCluster, victim: ProcessNode, { random }: Run): Promise<void> {
  const wanted = random.between(1, 40);
  const since = simulator.ledger.entries.at(-1)?.seq ?? 0;
  let seen = 0;
  const busy = simulator.ledger.waitFor(
    (entry) => {
      if (entry.kind === 'stanza' && entry.tag === 'message' && entry.direction === 'in' && entry.seq > since)
        seen += 1;
      return seen >= wanted;
    },
    { timeoutMs: 3_000 },
  );
  await busy.catch(() => undefined);
  await pause(random.between(0, 25));
  await victim.gateway.end('SIGKILL');
}
