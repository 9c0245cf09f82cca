import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { durableRedis, roundRobin } from '../../support/gateway/cluster.ts';
import { withRedis } from '../../support/redis/redis-client.ts';
import { scanSends } from '../harness/judge/store-scan.ts';
import { judgeDrained } from '../harness/judge/wait-drained.ts';
import { judgeRefusals, judgeRefused } from '../harness/load/cluster-answers.ts';
import { answersOf, ClusterLoad, type LoadRequest, sampleOf } from '../harness/load/cluster-load.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { balancedNodes } from '../harness/stages.ts';
import type { BalancedCluster } from '../support/cluster.ts';

const rates = { async: 60, sync: 20, read: 10 };
const maxMemoryMb = 64;
const ballast = 'somebody-elses-ballast';

/** Longer than a lease: the nodes let go of their sessions, and take them again. */
const longFullMs = 12_000;
const shortFullMs = 2_500;

export const redisFull = scenario({
  name: 'redis-full',
  id: 'q6',
  about: 'Redis is filled up to maxmemory under load, and there is room again later',
  full: { sessions: 10, sends: 0, kills: 10 },
  short: { sessions: 5, sends: 0, kills: 2 },
  stage: balancedNodes(['a', 'b'], {
    redis: { ...durableRedis, maxmemory: `${maxMemoryMb}mb`, 'maxmemory-policy': 'noeviction' },
    ledgerSize: 1_000_000,
  }),
  faults: [{ kind: 'late-ack', delayMs: 30 }],
  disturb: async ({ cluster, sessions }, run) => {
    const next = roundRobin(cluster.nodes);
    const load = new ClusterLoad({ world: cluster, sessions, random: run.random, rates, next });
    for (let round = 1; round <= run.size.kills; round += 1) await fillAndFree(cluster, load, run, round);
    await load.end();
    run.say(`${load.requests.length} requests: ${JSON.stringify(answersOf(load.requests))}`);
    return { intents: load.intents, load };
  },
  judge: async ({ cluster }, { load }, run) => {
    await judgeDrained(cluster, run.verdicts);
    judgeReads(load.requests, run);
    judgeRefusals(load.requests, run.verdicts);
    judgeRefused(cluster, load, run.verdicts);
  },
});

/** The last round is a long one. */
async function fillAndFree(world: BalancedCluster, load: ClusterLoad, run: Run, round: number): Promise<void> {
  const { verdicts, random, size } = run;
  await pause(random.between(1_000, 2_000));
  const since = load.requests.length;
  await withRedis(world.redis.url, (client) => client.setRange(ballast, maxMemoryMb * 2 ** 20, 'x'));
  await pause(round === size.kills ? longFullMs : shortFullMs);
  // Nothing can be written, so what is there is what the last commits have left.
  await using store = await world.openStore();
  const scan = await scanSends(store);
  const figures = `${scan.rows} rows, ${scan.queued} queued, ${scan.inFlight} in flight, ${scan.claims} keys`;
  verdicts.judge(`no commit is half applied (${round})`, scan.faults.length === 0, scan.faults[0] ?? figures);
  const met = load.requests.slice(since).filter(({ result }) => result === 503).length;
  verdicts.judge(`sends are refused while it is full (${round})`, met > 0, `${met} answers of 503`);
  await withRedis(world.redis.url, (client) => client.del(ballast));
  const freedAt = performance.now();
  await eventually(
    () => assert.ok(load.requests.some(({ result, beganAt }) => result === 202 && beganAt > freedAt)),
    15_000,
  );
  verdicts.judge(`sends are accepted again (${round})`, true, `${Math.round(performance.now() - freedAt)} ms later`);
}

function judgeReads(requests: readonly LoadRequest[], { verdicts, say }: Run): void {
  const reads = requests.filter(({ kind }) => kind === 'read');
  const blind = reads.filter(({ result }) => result !== 200);
  const figures = `${blind.length} of ${reads.length} not ${sampleOf(blind)}`;
  verdicts.judge('what is stored can be read all the time', blind.length === 0, figures);
  const reasons = Map.groupBy(requests, ({ body }) => /"reason":"(\w+)"/.exec(body)?.[1] ?? 'none');
  say(`reasons: ${[...reasons].map(([reason, all]) => `${reason} ${all.length}`).join(', ')}`);
}
