import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { Balancer } from '../harness/balancer.ts';
import { judgeRefused } from '../harness/cluster-answers.ts';
import { type Asked, answersOf, ClusterLoad, sampleOf } from '../harness/cluster-load.ts';
import { EventLog } from '../harness/event-log.ts';
import { judgeExactlyOnce } from '../harness/exactly-once.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { replacedSince } from '../harness/streams.ts';
import { judgeDrained } from '../harness/wait-drained.ts';
import { type BalancedCluster, type ProcessNode, startBalancedCluster, untilConnected } from '../support/cluster.ts';
import { linkAll } from '../support/world.ts';

const names = ['a', 'b', 'c'] as const;
const exitWithinMs = 25_000;
const readyWithinMs = 20_000;
/** Of the sync sends, so many may be refused. */
const refusedShare = 0.005;

export const l5: Scenario = {
  name: 'l5',
  about: 'three nodes are restarted one after the other under mixed requests',
  // `sends` are sends in a second, half of them sync ones; two requests of five read.
  full: { sessions: 30, sends: 60, kills: 12 },
  short: { sessions: 9, sends: 24, kills: 3 },
  run: async (run) => {
    await using world = await startBalancedCluster(names, { ledgerSize: 2_000_000 });
    world.simulator.faults.add({ kind: 'late-ack', delayMs: 20 });
    await using events = await EventLog.open(world);
    const sessions = await linkAll(world, run.size.sessions);
    await using balancer = await Balancer.open(world.nodes);
    const { sends } = run.size;
    const rates = { async: sends / 2, sync: sends / 2, read: (sends * 2) / 3 };
    const load = new ClusterLoad({ world, sessions, random: run.random, rates, next: () => balancer.next() });
    const since = world.simulator.ledger.entries.at(-1)?.seq ?? 0;
    for (let restart = 0; restart < run.size.kills; restart += 1) {
      await pause(run.random.between(1_000, 2_000));
      await restartOne(world.nodes[restart % names.length] ?? world.nodes[0], run);
    }
    await pause(2_000);
    await load.end();
    run.say(`${load.asked.length} requests: ${JSON.stringify(answersOf(load.asked))}`);
    await untilConnected(world, sessions);
    await judgeDrained(world, run.verdicts);
    judgeMoves(world, since, run);
    judgeAnswers(load.asked, run);
    judgeRefused(world, load, run.verdicts);
    judgeExactlyOnce({ world, events, verdicts: run.verdicts }, { intents: load.intents, kills: 0 });
  },
};

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

function judgeAnswers(asked: readonly Asked[], { verdicts, say }: Run): void {
  const sync = asked.filter(({ kind }) => kind === 'sync');
  const refused = sync.filter(({ result }) => result !== 200);
  const figures = `${refused.length} of ${sync.length} ${sampleOf(refused)}`;
  verdicts.judge('nearly all sync sends succeed', refused.length < refusedShare * sync.length, figures);
  const mute = refused.filter(({ retryAfter }) => retryAfter === undefined);
  verdicts.judge(
    'those that do not say when to try again',
    mute.length === 0,
    `${mute.length} do not ${sampleOf(mute)}`,
  );
  const others = asked.filter(({ kind, result }) => kind !== 'sync' && result !== 200 && result !== 202);
  verdicts.judge('all other requests succeed', others.length === 0, `${others.length} do not ${sampleOf(others)}`);
  say(`sync sends take ${percentile(sync, 0.5)} ms, and ${percentile(sync, 0.99)} ms in the slowest hundredth`);
}

function percentile(asked: readonly Asked[], part: number): number {
  const times = asked.map(({ tookMs }) => tookMs).toSorted((one, other) => one - other);
  return Math.round(times[Math.floor(part * (times.length - 1))] ?? 0);
}
