import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { judgeDrained } from '../harness/judge/wait-drained.ts';
import { Balancer } from '../harness/load/balancer.ts';
import { judgeRefused } from '../harness/load/cluster-answers.ts';
import { answersOf, ClusterLoad, type LoadRequest, sampleOf } from '../harness/load/cluster-load.ts';
import { placeIn, replacedSince } from '../harness/load/streams.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { balancedNodes } from '../harness/stages.ts';
import type { BalancedCluster, ProcessNode } from '../support/cluster.ts';

const names = ['a', 'b', 'c'] as const;
const exitWithinMs = 25_000;
const readyWithinMs = 20_000;
/** Of the sync sends, so many may be refused. */
const refusedShare = 0.005;

export const rollingRestart = scenario({
  name: 'rolling-restart',
  id: 'l5',
  about: 'three nodes are restarted one after the other under mixed requests',
  // `sends` are sends in a second, half of them sync ones; two requests of five read.
  full: { sessions: 30, sends: 60, kills: 12 },
  short: { sessions: 9, sends: 24, kills: 3 },
  stage: balancedNodes(names, { ledgerSize: 2_000_000 }),
  faults: [{ kind: 'late-ack', delayMs: 20 }],
  disturb: async ({ cluster, sessions }, run) => {
    await using balancer = await Balancer.open(cluster.nodes);
    const { sends } = run.size;
    const rates = { async: sends / 2, sync: sends / 2, read: (sends * 2) / 3 };
    const next = () => balancer.next();
    const load = new ClusterLoad({ world: cluster, sessions, random: run.random, rates, next });
    const since = placeIn(cluster.simulator.ledger);
    for (let restart = 0; restart < run.size.kills; restart += 1) {
      await pause(run.random.between(1_000, 2_000));
      await restartOne(cluster.nodes[restart % names.length] ?? cluster.nodes[0], run);
    }
    await pause(2_000);
    await load.end();
    run.say(`${load.requests.length} requests: ${JSON.stringify(answersOf(load.requests))}`);
    return { intents: load.intents, kills: 0, load, since };
  },
  judge: async ({ cluster }, { load, since }, run) => {
    await judgeDrained(cluster, run.verdicts);
    judgeMoves(cluster, since, run);
    judgeAnswers(load.requests, run);
    judgeRefused(cluster, load, run.verdicts);
  },
});

/** Ends a node in good order, and waits until another process is ready in its place. */
async function restartOne(node: ProcessNode, { verdicts, say }: Run): Promise<void> {
  const began = performance.now();
  const code = await node.gateway.end('SIGTERM');
  const endedMs = Math.round(performance.now() - began);
  verdicts.judge(`${node.name} exits with 0 in time`, code === 0 && endedMs <= exitWithinMs, `${endedMs} ms`);
  await node.restart();
  await eventually(async () => assert.ok(await node.isReady()), readyWithinMs);
  say(`${node.name} is ready again after ${Math.round(performance.now() - began)} ms`);
}

/** Sessions have moved, and none of them was connected twice at a time. */
function judgeMoves({ simulator }: BalancedCluster, since: number, { size, verdicts }: Run): void {
  const later = simulator.ledger.entries.filter(({ seq }) => seq > since);
  const logins = later.filter((entry) => entry.kind === 'connection' && entry.event === 'open').length;
  verdicts.judge('sessions have moved', logins >= size.sessions, `${logins} logins of ${size.sessions} sessions`);
  const replaced = replacedSince(simulator.ledger, since);
  verdicts.judge('no stream is replaced', replaced.length === 0, `${replaced.length} were`);
}

function judgeAnswers(requests: readonly LoadRequest[], { verdicts, say }: Run): void {
  const sync = requests.filter(({ kind }) => kind === 'sync');
  const refused = sync.filter(({ result }) => result !== 200);
  const figures = `${refused.length} of ${sync.length} ${sampleOf(refused)}`;
  verdicts.judge('nearly all sync sends succeed', refused.length < refusedShare * sync.length, figures);
  const mute = refused.filter(({ retryAfter }) => retryAfter === undefined);
  verdicts.judge(
    'those that do not say when to try again',
    mute.length === 0,
    `${mute.length} do not ${sampleOf(mute)}`,
  );
  const others = requests.filter(({ kind, result }) => kind !== 'sync' && result !== 200 && result !== 202);
  verdicts.judge('all other requests succeed', others.length === 0, `${others.length} do not ${sampleOf(others)}`);
  say(`sync sends take ${percentile(sync, 0.5)} ms, and ${percentile(sync, 0.99)} ms in the slowest hundredth`);
}

function percentile(requests: readonly LoadRequest[], part: number): number {
  const times = requests.map(({ tookMs }) => tookMs).toSorted((one, other) => one - other);
  return Math.round(times[Math.floor(part * (times.length - 1))] ?? 0);
}
