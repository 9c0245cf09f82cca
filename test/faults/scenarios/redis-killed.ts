import { setTimeout as pause } from 'node:timers/promises';
import { roundRobin } from '../../support/gateway/cluster.ts';
import { RedisLatencyProbe } from '../harness/judge/redis-latency-probe.ts';
import { judgeDrained } from '../harness/judge/wait-drained.ts';
import { judgeRefusals, judgeRefused } from '../harness/load/cluster-answers.ts';
import { answersOf, ClusterLoad, type LoadRequest, sampleOf } from '../harness/load/cluster-load.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { balancedNodes } from '../harness/stages.ts';
import type { BalancedCluster } from '../support/cluster.ts';

const killEveryMs = 5_000;
/** For each kill Redis is once gone for so long. */
const goneMsPerKill = 1_250;
const leastGoneMs = 12_000;
const answerWithinMs = 2_000;
const sendTimeoutMs = 5_000;
/** Questions to Redis that an async send asks one after the other. */
const questions = 5;

export const redisKilled = scenario({
  name: 'redis-killed',
  id: 'q4',
  about: 'Redis is killed every 5 s, and gone for a while, under the load of two nodes',
  // `sends` are async sends in a second.
  full: { sessions: 50, sends: 200, kills: 24 },
  short: { sessions: 10, sends: 40, kills: 4 },
  stage: balancedNodes(['a', 'b'], { settings: { SEND_TIMEOUT_MS: String(sendTimeoutMs) }, ledgerSize: 3_000_000 }),
  faults: [{ kind: 'late-ack', delayMs: 20 }],
  disturb: async ({ cluster, sessions }, run) => {
    await using redisLatency = new RedisLatencyProbe(cluster.redis.url);
    const rates = { async: run.size.sends, sync: 10, read: 20 };
    const next = roundRobin(cluster.nodes);
    const load = new ClusterLoad({ world: cluster, sessions, random: run.random, rates, next });
    await killAll(cluster, run);
    await load.end();
    run.say(`${load.requests.length} requests: ${JSON.stringify(answersOf(load.requests))}`);
    return { intents: load.intents, load, redisLatency };
  },
  judge: async ({ cluster, sessions }, { load, redisLatency }, run) => {
    run.verdicts.judge('all sessions are connected again', true, `${sessions.length} sessions`);
    await judgeDrained(cluster, run.verdicts);
    judgeInTime(load.requests, redisLatency, run);
    judgeRefusals(load.requests, run.verdicts);
    judgeRefused(cluster, load, run.verdicts);
  },
});

async function killAll({ redis }: BalancedCluster, { size, random, say }: Run): Promise<void> {
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

/** What Redis itself takes on a busy machine is not the nodes' fault. */
function judgeInTime(requests: readonly LoadRequest[], redisLatency: RedisLatencyProbe, { verdicts, say }: Run): void {
  const limitOf = ({ kind, beganAt, tookMs }: LoadRequest): number =>
    answerWithinMs +
    (kind === 'sync' ? sendTimeoutMs : 0) +
    (tookMs <= answerWithinMs ? 0 : questions * redisLatency.slowest(beganAt, beganAt + tookMs));
  const late = requests.filter((each) => each.tookMs > limitOf(each));
  const others = requests.filter(({ kind }) => kind !== 'sync').map(({ tookMs }) => tookMs);
  const slow = others.filter((tookMs) => tookMs > answerWithinMs);
  const redisMs = Math.round(redisLatency.slowest(0, Number.POSITIVE_INFINITY));
  say(`${slow.length} async sends and reads took more than 2 s; Redis itself took up to ${redisMs} ms for a ping`);
  const figures = `${late.length} late, at most ${Math.round(Math.max(...others))} ms but for sync sends ${sampleOf(late)}`;
  verdicts.judge('every request is answered in time', late.length === 0, figures);
}
