import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../../support/gateway/client.ts';
import { to } from '../../support/gateway/environment.ts';
import { OwnerWatch } from '../harness/judge/owner-watch.ts';
import { measureRequest, type RequestResult, summaryOf } from '../harness/load/request-result.ts';
import { mostWithin, overlapping, placeIn, type Stream, streamsSince } from '../harness/load/streams.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { startProcessCluster } from '../support/cluster.ts';
import { linkAll, phoneOf } from '../support/world.ts';

/** How soon a caller asks again that was told to. */
const againMs = 500;
const patienceMs = 60_000;
const mostAnswerMs = 2_000;
const mostMedianMs = 15_000;
const mostLateMs = 30_000;
/** Logins that begin a second apart may reach the server somewhat closer. */
const secondMs = 900;
const mostLogins = { cluster: 20, node: 10 };

export const killedNode: Scenario = {
  name: 'killed-node',
  id: 'l4',
  about: 'kill -9 of a node that owns all sessions; two nodes are left',
  full: { sessions: 100, sends: 0, kills: 1 },
  short: { sessions: 20, sends: 0, kills: 1 },
  run: async (run) => {
    await using nodes = await startProcessCluster({ ledgerSize: 1_000_000 });
    const owner = await nodes.start('a');
    const sessions = await linkAll({ ...nodes, client: owner.client }, run.size.sessions);
    const [b, c] = [await nodes.start('b'), await nodes.start('c')];
    await using store = await nodes.openStore();
    await using watch = await OwnerWatch.open(store, sessions);
    const mine = watch.ownedBy('a');
    run.say(`${mine.length} sessions on the node that is killed`);
    const since = placeIn(nodes.simulator.ledger);
    const killedAt = performance.now();
    await owner.gateway.end('SIGKILL');
    const waits = await Promise.all(
      mine.map((session, index) =>
        untilSent(index % 2 === 0 ? [b.client, c.client] : [c.client, b.client], session, killedAt),
      ),
    );
    judgeWaits(waits, run);
    await watch.look();
    judgeLogins(streamsSince(nodes.simulator.ledger, since), watch, sessions, run);
  },
};

/** How long it took until a send went through, and all answers until then. */
interface Wait {
  readonly ms: number;
  readonly answers: readonly RequestResult[];
}

async function untilSent(clients: readonly [Client, Client], session: string, killedAt: number): Promise<Wait> {
  const answers: RequestResult[] = [];
  while (performance.now() - killedAt < patienceMs) {
    const client = clients[answers.length % 2] ?? clients[0];
    const answer = await measureRequest(() => client.sendText(session, to, `${session} ${answers.length}`));
    answers.push(answer);
    if (answer.status === 200) return { ms: Math.round(performance.now() - killedAt), answers };
    await pause(againMs);
  }
  return { ms: Number.POSITIVE_INFINITY, answers };
}

function judgeWaits(waits: readonly Wait[], { verdicts, say }: Run): void {
  const sorted = waits.map(({ ms }) => ms).toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  say(`the first send goes through after p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms`);
  verdicts.judge('half of the sessions send again within 15 s', at(0.5) <= mostMedianMs, `${at(0.5)} ms`);
  verdicts.judge('99 of 100 sessions send again within 30 s', at(0.99) <= mostLateMs, `${at(0.99)} ms`);
  const answers = waits.flatMap((wait) => wait.answers);
  say(`all answers: ${summaryOf(answers)}`);
  const slow = answers.filter(({ status, ms }) => status !== 200 && ms > mostAnswerMs);
  verdicts.judge('every request that is refused is answered within 2 s', slow.length === 0, summaryOf(slow));
  const wrong = answers.filter(({ status, retryAfter }) => status !== 200 && (status !== 503 || retryAfter === null));
  verdicts.judge('what is not sent is answered 503 with Retry-After', wrong.length === 0, summaryOf(wrong));
}

function judgeLogins(
  streams: readonly Stream[],
  watch: OwnerWatch,
  sessions: readonly string[],
  { verdicts }: Run,
): void {
  const most = (some: readonly Stream[]): number =>
    mostWithin(
      secondMs,
      some.map(({ acceptedAt }) => acceptedAt),
    );
  const ofNode = (name: string): readonly Stream[] => {
    const accounts = watch.ownedBy(name).map((session) => phoneOf(sessions.indexOf(session)));
    return streams.filter(({ account }) => accounts.includes(account));
  };
  const cluster = most(streams);
  verdicts.judge('the cluster begins at most 20 logins in a second', cluster <= mostLogins.cluster, String(cluster));
  const nodes = ['b', 'c'].map((name) => most(ofNode(name)));
  const isWithin = nodes.every((count) => count <= mostLogins.node);
  verdicts.judge('a node begins at most 10 logins in a second', isWithin, nodes.join(' and '));
  const both = overlapping(streams);
  verdicts.judge('no session has two streams at a time', both.length === 0, `${both.length} overlap`);
}
