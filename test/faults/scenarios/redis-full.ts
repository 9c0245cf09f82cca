import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { roundRobin } from '../../support/gateway/cluster.ts';
import { withRedis } from '../../support/redis/redis-client.ts';
import { judgeRefusals, judgeRefused } from '../harness/cluster-answers.ts';
import { type Asked, answersOf, ClusterLoad, sampleOf } from '../harness/cluster-load.ts';
import { EventLog } from '../harness/event-log.ts';
import { judgeExactlyOnce } from '../harness/exactly-once.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { scanSends } from '../harness/store-scan.ts';
import { judgeDrained } from '../harness/wait-drained.ts';
import { type BalancedCluster, startBalancedCluster, untilConnected } from '../support/cluster.ts';
import { linkAll } from '../support/world.ts';

const rates = { async: 60, sync: 20, read: 10 };
const maxMemoryMb = 64;
const ballast = 'somebody-elses-ballast';

/** Longer than a lease: the nodes let go of their sessions, and take them again. */
const longFullMs = 12_000;
const shortFullMs = 2_500;

export const q6: Scenario = {
  name: 'q6',
  about: 'Redis is filled up to maxmemory under load, and there is room again later',
  full: { sessions: 10, sends: 0, kills: 10 },
  short: { sessions: 5, sends: 0, kills: 2 },
  run: async (run) => {
    await using world = await startBalancedCluster(['a', 'b'], {
      redis: { maxmemory: `${maxMemoryMb}mb`, 'maxmemory-policy': 'noeviction' },
      ledgerSize: 1_000_000,
    });
    world.simulator.faults.add({ kind: 'late-ack', delayMs: 30 });
    await using events = await EventLog.open(world);
    const sessions = await linkAll(world, run.size.sessions);
    const load = new ClusterLoad({ world, sessions, random: run.random, rates, next: roundRobin(world.nodes) });
    for (let round = 1; round <= run.size.kills; round += 1) await fillAndFree(world, load, run, round);
    await load.end();
    run.say(`${load.asked.length} requests: ${JSON.stringify(answersOf(load.asked))}`);
    await untilConnected(world, sessions);
    await judgeDrained(world, run.verdicts);
    judgeReads(load.asked, run);
    judgeRefusals(load.asked, run.verdicts);
    judgeRefused(world, load, run.verdicts);
    judgeExactlyOnce({ world, events, verdicts: run.verdicts }, { intents: load.intents });
  },
};

/** The last round is a long one. */
async function fillAndFree(world: BalancedCluster, load: ClusterLoad, run: Run, round: number): Promise<void> {
  const { verdicts, random, size } = run;
  await pause(random.between(1_000, 2_000));
  const since = load.asked.length;
  await withRedis(world.redis.url, (client) => client.setRange(ballast, maxMemoryMb * 2 ** 20, 'x'));
  await pause(round === size.kills ? longFullMs : shortFullMs);
  // Nothing can be written, so what is there is what the last commits have left.
  await using store = await world.openStore();
  const scan = await scanSends(store);
  const figures = `${scan.rows} rows, ${scan.queued} queued, ${scan.inFlight} in flight, ${scan.claims} keys`;
  verdicts.judge(`no commit is half applied (${round})`, scan.faults.length === 0, scan.faults[0] ?? figures);
  const met = load.asked.slice(since).filter(({ result }) => result === 503).length;
  verdicts.judge(`sends are refused while it is full (${round})`, met > 0, `${met} answers of 503`);
  await withRedis(world.redis.url, (client) => client.del(ballast));
  const freedAt = performance.now();
  await eventually(
    () => assert.ok(load.asked.some(({ result, beganAt }) => result === 202 && beganAt > freedAt)),
    15_000,
  );
  verdicts.judge(`sends are accepted again (${round})`, true, `${Math.round(performance.now() - freedAt)} ms later`);
}

function judgeReads(asked: readonly Asked[], { verdicts, say }: Run): void {
  const reads = asked.filter(({ kind }) => kind === 'read');
  const blind = reads.filter(({ result }) => result !== 200);
  const figures = `${blind.length} of ${reads.length} not ${sampleOf(blind)}`;
  verdicts.judge('what is stored can be read all the time', blind.length === 0, figures);
  const reasons = Map.groupBy(asked, ({ body }) => /"reason":"(\w+)"/.exec(body)?.[1] ?? 'none');
  say(`reasons: ${[...reasons].map(([reason, all]) => `${reason} ${all.length}`).join(', ')}`);
}
