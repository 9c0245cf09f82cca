import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import type { Client } from '../../support/gateway/client.ts';
import { to } from '../../support/gateway/environment.ts';
import { OwnerWatch } from '../harness/judge/owner-watch.ts';
import { measureRequest, type RequestResult, summaryOf } from '../harness/load/request-result.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { type ProcessCluster, type ProcessNode, startProcessCluster } from '../support/cluster.ts';
import { linkAll } from '../support/world.ts';

/** The long run and the burst; the hour's limit is out of the way. */
const limits = { ratePerMin: 60, rateBurst: 10, ratePerHour: 60_000 };
/** Ending a node and starting it anew takes about as long again. */
const betweenHandOversMs = 5_000;
const betweenRequestsMs = 100;
/** How much later than its token was taken a send may reach the server. */
const lateMs = 500;

export const rateLimitHandover: Scenario = {
  name: 'rate-limit-handover',
  id: 'r2',
  about: 'a session that sends as much as it may is handed over every 10 s or so',
  full: { sessions: 1, sends: 0, kills: 30 },
  short: { sessions: 1, sends: 0, kills: 2 },
  run: async (run) => {
    await using nodes = await startProcessCluster({ ledgerSize: 1_000_000 });
    const running = new Map<string, ProcessNode>();
    for (const name of ['a', 'b']) running.set(name, await nodes.start(name));
    const [session = ''] = await linkAll({ ...nodes, client: nodeCalled('a', running).client }, 1);
    await nodeCalled('a', running).client.call('PATCH', `/sessions/${session}`, limits);
    await using store = await nodes.openStore();
    await using watch = await OwnerWatch.open(store, [session]);
    const ending = new AbortController();
    const sending = saturate(() => [...running.values()].map(({ client }) => client), session, ending.signal);
    for (let handOver = 1; handOver <= run.size.kills; handOver += 1) {
      await pause(betweenHandOversMs);
      await handOverOnce({ nodes, watch, session, running });
      run.say(`handed over ${handOver} times`);
    }
    await pause(betweenHandOversMs);
    ending.abort();
    const answers = await sending;
    judge(nodes, watch.taken(session) - 1, answers, run);
  },
};

interface Stage {
  readonly nodes: ProcessCluster;
  readonly watch: OwnerWatch;
  readonly session: string;
  readonly running: Map<string, ProcessNode>;
}

function nodeCalled(name: string, running: ReadonlyMap<string, ProcessNode>): ProcessNode {
  const node = running.get(name);
  if (node === undefined) throw new Error(`node ${name} does not run`);
  return node;
}

/** Ends the owner in good order, and starts it anew when the session is connected at the other node. */
async function handOverOnce({ nodes, watch, session, running }: Stage): Promise<void> {
  await watch.look();
  const owner = nodeCalled(watch.history(session).at(-1)?.owner.nodeId ?? '', running);
  running.delete(owner.name);
  await owner.gateway.end('SIGTERM');
  const [heir] = running.values();
  await eventually(async () => {
    await watch.look();
    assert.equal(watch.history(session).at(-1)?.owner.nodeId, heir?.name);
  });
  await heir?.client.until(session, 'connected');
  running.set(owner.name, await nodes.start(owner.name));
}

/** Sync and async sends in turns, more than the session may send. */
async function saturate(
  clients: () => readonly Client[],
  session: string,
  signal: AbortSignal,
): Promise<RequestResult[]> {
  const asking: Promise<RequestResult>[] = [];
  for (let number = 0; !signal.aborted; number += 1) {
    const some = clients();
    const client = some[(number >> 1) % some.length];
    const path = `/sessions/${session}/messages${number % 2 === 0 ? '?async=true' : ''}`;
    const body = { to, type: 'text', text: `send ${number}` };
    if (client !== undefined) asking.push(measureRequest(() => client.call('POST', path, body)));
    await pause(betweenRequestsMs);
  }
  return Promise.all(asking);
}

function judge(
  { simulator }: ProcessCluster,
  handOvers: number,
  answers: readonly RequestResult[],
  { size, verdicts }: Run,
): void {
  const sent = simulator.ledger.stanzas({ direction: 'in', tag: 'message' }).map(({ at }) => at);
  verdicts.judge('the session is handed over each time', handOvers === size.kills, `${handOvers} of ${size.kills}`);
  verdicts.judge(
    'more is asked for than may be sent',
    answers.some(({ status }) => status === 429),
    summaryOf(answers),
  );
  const minute = Math.max(...sent.map((from) => sent.filter((at) => at >= from && at <= from + 60_000).length));
  const most = limits.ratePerMin + limits.rateBurst;
  verdicts.judge('no minute has more than burst and rate', minute <= most, `${minute}, at most ${most}`);
  const excess = Math.max(
    ...sent.flatMap((from, first) => sent.slice(first).map((at, more) => more + 1 - allowed(at - from))),
  );
  verdicts.judge('no other time has more than burst and rate either', excess <= 0, `${excess.toFixed(1)} too many`);
  const lastedMs = (sent.at(-1) ?? 0) - (sent[0] ?? 0);
  const share = sent.length / allowed(lastedMs);
  verdicts.judge(
    'most of what may be sent is sent',
    share >= 0.7,
    `${sent.length} sends, ${Math.round(share * 100)} %`,
  );
}

function allowed(ms: number): number {
  return limits.rateBurst + ((ms + lateMs) * limits.ratePerMin) / 60_000;
}
