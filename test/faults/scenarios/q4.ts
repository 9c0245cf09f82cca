import { setTimeout as pause } from 'node:timers/promises';
import { type ClusterWorld, startClusterWorld, turns, untilConnected } from '../cluster-world.ts';
import { judgeRefusals, judgeRefused } from '../harness/cluster-answers.ts';
import { type Asked, answersOf, ClusterLoad, sampleOf } from '../harness/cluster-load.ts';
import { judgeDrained } from '../harness/drained.ts';
import { EventLog } from '../harness/event-log.ts';
import { judgeExactlyOnce } from '../harness/exactly-once.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import type { Verdicts } from '../harness/verdicts.ts';
import { linkAll } from '../world.ts';

const rates = { async: 60, sync: 10, read: 20 };
const killEveryMs = 5_000;
/** For each kill Redis is once gone for so long. */
const goneMsPerKill = 1_250;
const leastGoneMs = 12_000;
const answerWithinMs = 2_000;
const sendTimeoutMs = 5_000;

export const q4: Scenario = {
  name: 'q4',
  about: 'Redis is killed every 5 s, and gone for a while, under the load of two nodes',
  full: { sessions: 50, sends: 0, kills: 24 },
  short: { sessions: 20, sends: 0, kills: 4 },
  run: async (run) => {
    const settings = { SEND_TIMEOUT_MS: String(sendTimeoutMs) };
    await using world = await startClusterWorld({ names: ['a', 'b'], settings, ledgerSize: 3_000_000 });
    world.simulator.faults.add({ kind: 'late-ack', delayMs: 20 });
    await using events = await EventLog.open(world);
    const sessions = await linkAll(world, run.size.sessions);
    const load = new ClusterLoad({ world, sessions, random: run.random, rates, next: turns(world.nodes) });
    await killAll(world, run);
    await load.end();
    run.say(`${load.asked.length} requests: ${JSON.stringify(answersOf(load.asked))}`);
    await untilConnected(world, sessions);
    run.verdicts.judge('all sessions are connected again', true, `${sessions.length} sessions`);
    await judgeDrained(world, run.verdicts);
    judgeInTime(load.asked, run.verdicts);
    judgeRefusals(load.asked, run.verdicts);
    judgeRefused(world, load, run.verdicts);
    judgeExactlyOnce({ world, events, verdicts: run.verdicts }, { intents: load.intents });
  },
};

async function killAll({ redis }: ClusterWorld, { size, random, say }: Run): Promise<void> {
  for (let kill = 1; kill <= size.kills; kill += 1) {
    await pause(killEveryMs + random.between(-500, 500));
    await redis.kill();
    await redis.start();
  }
  await pause(killEveryMs);
  await redis.kill();
  const goneMs = Math.max(leastGoneMs, size.kills * goneMsPerKill);
  say(`${size.kills} kills; now Redis is gone for ${goneMs} ms`);
  await pause(goneMs);
  await redis.start();
  await pause(killEveryMs);
}

function judgeInTime(asked: readonly Asked[], verdicts: Verdicts): void {
  const limitOf = ({ kind }: Asked): number => answerWithinMs + (kind === 'sync' ? sendTimeoutMs : 0);
  const slow = asked.filter((each) => each.tookMs > limitOf(each));
  const longest = Math.max(...asked.filter(({ kind }) => kind !== 'sync').map(({ tookMs }) => tookMs));
  const figures = `${slow.length} late, at most ${Math.round(longest)} ms but for sync sends ${sampleOf(slow)}`;
  verdicts.judge('every request is answered in time', slow.length === 0, figures);
}
