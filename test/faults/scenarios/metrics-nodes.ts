import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { to } from '../../support/gateway/environment.ts';
import { Figures, figuresAt } from '../../support/prometheus-text.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import type { Series } from '../metrics/stage.ts';
import { type ProcessCluster, type ProcessNode, startProcessCluster } from '../support/cluster.ts';
import { linkAll } from '../support/world.ts';

const token = 'a-token-for-the-metrics';

/** Longer than a lease runs, and the logins that follow. */
const movesWithinMs = 60_000;

export const metricsNodes: Scenario = {
  name: 'metrics-nodes',
  about: 'the metrics of two nodes on one Redis, added up: everything counts once, wherever it was asked for',
  full: { sessions: 10, sends: 200, kills: 1 },
  short: { sessions: 4, sends: 20, kills: 1 },
  run: async (run) => {
    await using nodes = await startProcessCluster({ settings: { METRICS_TOKEN: token } });
    const owner = await nodes.start('a');
    const sessions = await linkAll({ ...nodes, client: owner.client }, run.size.sessions);
    const other = await nodes.start('b');
    const both = new Sum([owner, other], run);
    await both.judge('all sessions, on whichever node', [[['sessions', { status: 'connected' }], sessions.length]]);
    await judgeSends(both, [owner, other], sessions, run);
    await judgeQueue(both, other, sessions[0] ?? '');
    await judgeRedis(nodes, both, run);
    await judgeDeath(owner, other, sessions, run);
  },
};

/** The figures of some nodes as one, and what they were before. */
class Sum {
  readonly #nodes: readonly ProcessNode[];
  readonly #run: Run;

  constructor(nodes: readonly ProcessNode[], run: Run) {
    this.#nodes = nodes;
    this.#run = run;
  }

  async read(): Promise<Figures> {
    const all = await Promise.all(this.#nodes.map(({ url }) => figuresAt(`${url}/metrics`, token)));
    return new Figures(all.flatMap(({ samples }) => samples));
  }

  /** Judges whether each of these gets to be that much more than it was, and stays there. */
  async judge(
    cause: string,
    expected: readonly (readonly [Series, number])[],
    before = new Figures([]),
  ): Promise<void> {
    const grown = (now: Figures) => expected.map(([series]) => now.of(...series) - before.of(...series));
    const look = async (): Promise<void> => {
      const now = grown(await this.read());
      assert.deepEqual(
        now,
        expected.map(([, value]) => value),
      );
    };
    const isSo = await eventually(look, movesWithinMs).then(
      () => true,
      () => false,
    );
    const figures = expected.map(([[name, labels = {}], value], at) => ({ name, labels, value, at }));
    const now = grown(await this.read());
    const told = figures.map(
      ({ name, labels, value, at }) => `${[name, ...Object.values(labels)].join(' ')} ${now[at]} of ${value}`,
    );
    this.#run.verdicts.judge(cause, isSo, told.join('; '));
  }
}

async function judgeSends(both: Sum, nodes: readonly ProcessNode[], sessions: string[], { size }: Run): Promise<void> {
  const before = await both.read();
  for (let at = 0; at < size.sends; at += 1) {
    const { client } = nodes[at % nodes.length] ?? assert.fail();
    const path = `/sessions/${sessions[at % sessions.length]}/messages`;
    const body = { to, type: 'text', text: `number ${at}` };
    assert.equal(
      (await client.call('POST', path, body, { 'idempotency-key': `key ${at}`.replace(' ', '-') })).status,
      200,
    );
    await client.call('POST', `${path}?async=true`, { ...body, text: `queued ${at}` });
  }
  for (const { client } of nodes) {
    const path = `/sessions/${sessions[0]}/messages`;
    await client.call('POST', path, { to, type: 'text', text: 'number 0' }, { 'idempotency-key': 'key-0' });
    await client.call('POST', path, { to, type: 'text', text: 'something else' }, { 'idempotency-key': 'key-0' });
  }
  await both.judge(
    'sends through both nodes, sync and async, each key again and with something else',
    [
      [['sends_total', { mode: 'sync', outcome: 'sent' }], size.sends],
      [['sends_total', { mode: 'async', outcome: 'sent' }], size.sends],
      [['send_ack_seconds_count'], 2 * size.sends],
      [['idempotent_replays_total'], nodes.length],
      [['idempotent_mismatches_total'], nodes.length],
      [['http_requests_total', { route: 'sendMessage', status: '2xx' }], 2 * size.sends + 2 * nodes.length],
      [['send_refusals_total'], 0],
    ],
    before,
  );
}

async function judgeQueue(both: Sum, { client }: ProcessNode, session: string): Promise<void> {
  const before = await both.read();
  await client.call('POST', `/sessions/${session}:stop`);
  const path = `/sessions/${session}/messages?async=true`;
  const queue = (text: string) => client.call('POST', path, { to, type: 'text', text });
  const answers = [await queue('one'), await queue('two'), await queue('three')];
  await both.judge('what the node that does not have the session has queued', [[['queue_depth'], 3]]);
  const { body } = answers[2] ?? assert.fail();
  const id = body !== null && typeof body === 'object' && 'outboxId' in body ? body.outboxId : '';
  await client.call('DELETE', `/sessions/${session}/outbox/${id}`);
  const cancelled = ['sends_total', { mode: 'async', outcome: 'cancelled' }] as const;
  await both.judge('one of them is taken back', [[cancelled, 1]], before);
  await both.judge('and is not queued any more', [[['queue_depth'], 2]]);
}

async function judgeRedis({ redis }: ProcessCluster, both: Sum, { verdicts }: Run): Promise<void> {
  await both.judge('both nodes can write', [[['store_working'], 2]]);
  await redis.kill();
  await both.judge('Redis is gone for both', [[['store_working'], 0]]);
  await redis.start();
  await both.judge('and back for both', [[['store_working'], 2]]);
  const failures = (await both.read()).of('store_failures_total');
  verdicts.judge('operations that Redis did not answer are counted', failures > 0, String(failures));
}

async function judgeDeath(owner: ProcessNode, other: ProcessNode, sessions: string[], run: Run): Promise<void> {
  await new Sum([owner, other], run).judge('every session is back', [[['sessions'], sessions.length]]);
  await owner.gateway.end('SIGKILL');
  const left = new Sum([other], run);
  await left.judge('the node that is left has all sessions, and the queue', [
    [['sessions'], sessions.length],
    [['sessions', { status: 'stopped' }], 1],
    [['sessions', { status: 'connected' }], sessions.length - 1],
    [['queue_depth'], 2],
  ]);
}
