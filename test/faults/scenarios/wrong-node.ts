import { to } from '../../support/gateway/environment.ts';
import type { Scenario } from '../harness/scenario.ts';
import { type ProcessNode, startProcessCluster } from '../support/cluster.ts';
import { linkAll } from '../support/world.ts';

/** Pairs before the first that counts: until then the nodes run code that is not compiled yet. */
const warmUp = 300;
const mostAddedMs = 2;

export const wrongNode: Scenario = {
  name: 'wrong-node',
  id: 'l9',
  about: 'sync sends through the owner of the session and through the other node, in turns',
  full: { sessions: 4, sends: 1_000, kills: 0 },
  short: { sessions: 2, sends: 300, kills: 0 },
  run: async ({ size, verdicts }) => {
    await using nodes = await startProcessCluster({ decrypt: false });
    const owner = await nodes.start('a');
    const other = await nodes.start('b');
    const sessions = await linkAll({ ...nodes, client: owner.client }, size.sessions);
    const pairs: Pair[] = [];
    for (let pair = 0; pair < warmUp + size.sends; pair += 1) {
      const measured = await measure(owner, other, sessions[pair % sessions.length] ?? '', pair);
      if (pair >= warmUp) pairs.push(measured);
    }
    const show = (times: readonly number[]): string =>
      `p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms`;
    const added = pairs.map(({ here, there }) => there - here);
    verdicts.judge(
      'the other node adds at most 2 ms',
      quantile(added, 0.5) <= mostAddedMs,
      `owner ${show(pairs.map(({ here }) => here))}; other ${show(pairs.map(({ there }) => there))}; added ${show(added)}`,
    );
  },
};

/** How long two sends took, one through each node. */
interface Pair {
  readonly here: number;
  readonly there: number;
}

/** The two take turns in going first. */
async function measure(owner: ProcessNode, other: ProcessNode, session: string, pair: number): Promise<Pair> {
  const times = new Map<ProcessNode, number>();
  for (const node of pair % 2 === 0 ? [owner, other] : [other, owner]) {
    const began = performance.now();
    const { status, body } = await node.client.sendText(session, to, `${pair} through ${node.name}`);
    times.set(node, performance.now() - began);
    if (status !== 200) throw new Error(`a send through ${node.name} was answered ${status}: ${JSON.stringify(body)}`);
  }
  return { here: times.get(owner) ?? Number.NaN, there: times.get(other) ?? Number.NaN };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, next) => one - next);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
