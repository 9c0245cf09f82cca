import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { nodeLeases as nodesIn } from '../../../src/store/records/cluster/node-leases.ts';
import { eventually } from '../../support/eventually.ts';
import { to } from '../../support/gateway/environment.ts';
import { measureRequest, type RequestResult, summaryOf } from '../harness/load/request-result.ts';
import { Sending } from '../harness/load/sending.ts';
import { overlapping, placeIn, replacedSince, streamsSince } from '../harness/load/streams.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { type OwnerStage, ownerAndSuccessor } from '../harness/stages.ts';
import type { ProcessNode } from '../support/cluster.ts';

const takeOverMs = 40_000;
const betweenRequestsMs = 200;
const mostAnswerMs = 2_000;
/** A node lets go 8 s after it has sent its last renewal, which is before it was cut off. */
const mostOpenMs = 8_500;

export const partitionedOwner = scenario({
  name: 'partitioned-owner',
  id: 'l2',
  about: 'the owner is cut off from Redis, and from nothing else; then it is not any more',
  full: { sessions: 20, sends: 0, kills: 1 },
  short: { sessions: 4, sends: 0, kills: 1 },
  stage: ownerAndSuccessor({ ownerUsesLine: true }),
  faults: [{ kind: 'late-ack', delayMs: 20 }],
  disturb: async (stage, run) => {
    const { sessions, successor } = stage;
    const sending = new Sending({ sessions, clients: [successor.client] });
    await sending.untilSome();
    const cut = await cutOff(stage, run);
    stage.line.heal();
    await judgeHealed(stage, run);
    await sending.end();
    return { intents: sending.intents, ordered: [], kills: sessions.length, cut };
  },
  judge: ({ simulator }, { cut }, run) => judgeCut(simulator.ledger, cut, run),
});

interface Cut {
  readonly cutAt: number;
  /** The connections of the owner, and the place in the ledger, when it was cut off. */
  readonly connections: readonly number[];
  readonly since: number;
  /** What it answered meanwhile. */
  readonly answers: readonly RequestResult[];
}

/** Cuts the owner off until all of its sessions are elsewhere. */
async function cutOff({ simulator, owner, line, sessions }: OwnerStage, { say }: Run): Promise<Cut> {
  const connections = simulator.connections().flatMap(({ id, account }) => (account === undefined ? [] : [id]));
  line.cut();
  const cutAt = Date.now();
  const since = placeIn(simulator.ledger);
  const ending = new AbortController();
  const asking = askMeanwhile(owner, sessions, ending.signal);
  await eventually(() => {
    const streams = streamsSince(simulator.ledger, since);
    const again = new Set(streams.map(({ account }) => account));
    assert.equal(again.size, connections.length, 'not all sessions were taken over');
  }, takeOverMs);
  say(`${connections.length} sessions taken over ${Date.now() - cutAt} ms after the cut`);
  ending.abort();
  return { cutAt, connections, since, answers: await asking };
}

/** Reads and sends of both kinds, a few in a second, through a node. */
async function askMeanwhile(
  { client }: ProcessNode,
  sessions: readonly string[],
  signal: AbortSignal,
): Promise<RequestResult[]> {
  const asking: Promise<RequestResult>[] = [];
  for (let number = 0; !signal.aborted; number += 1) {
    const path = `/sessions/${sessions[number % sessions.length]}`;
    const body = { to, type: 'text', text: `cut off ${number}` };
    const ways = [
      () => client.call('GET', path),
      () => client.call('POST', `${path}/messages`, body),
      () => client.call('POST', `${path}/messages?async=true`, body),
    ];
    asking.push(...ways.slice(number % 3, (number % 3) + 1).map(measureRequest));
    await pause(betweenRequestsMs);
  }
  return Promise.all(asking);
}

function judgeCut(
  ledger: OwnerStage['simulator']['ledger'],
  { cutAt, connections, since, answers }: Cut,
  { verdicts }: Run,
): void {
  const old = streamsSince(ledger).filter(({ connection }) => connections.includes(connection));
  const openMs = old.map(({ closedAt }) => closedAt - cutAt);
  const isClosed = old.length === connections.length && openMs.every((ms) => ms <= mostOpenMs);
  verdicts.judge('its connections are closed within 8.5 s of the cut', isClosed, `at most ${Math.max(...openMs)} ms`);
  const both = overlapping(streamsSince(ledger));
  verdicts.judge('no session has two streams at a time', both.length === 0, `${both.length} overlap`);
  const replaced = replacedSince(ledger, since);
  verdicts.judge('no stream is replaced', replaced.length === 0, `${replaced.length} are`);
  const wrong = answers.filter(({ status, retryAfter }) => status !== 503 || retryAfter === null);
  verdicts.judge('it answers 503 with Retry-After', wrong.length === 0 && answers.length > 0, summaryOf(answers));
  const slow = answers.filter(({ ms }) => ms > mostAnswerMs);
  verdicts.judge('it answers within 2 s', slow.length === 0, `${slow.length} of ${answers.length} did not`);
  const texts = ledger.visible().filter(({ text = '' }) => text.startsWith('cut off'));
  verdicts.judge('nothing is sent that was refused', texts.length === 0, `${texts.length} were`);
}

async function judgeHealed({ cluster, owner: { name, client, url }, sessions }: OwnerStage, run: Run): Promise<void> {
  await using store = await cluster.openStore();
  const began = performance.now();
  const isBack = await eventually(async () => {
    const living = await nodesIn(store).living();
    assert(living.some(({ nodeId }) => nodeId === name));
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    const answer = await client.sendText(sessions[0], to, 'through the node that was cut off');
    assert.equal(answer.status, 200);
    return true;
  }).catch(() => false);
  const figures = `after ${Math.round(performance.now() - began)} ms`;
  run.verdicts.judge('it is a member again and answers', isBack, figures);
}
