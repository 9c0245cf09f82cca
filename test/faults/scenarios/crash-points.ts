import assert from 'node:assert/strict';
import * as v from 'valibot';
import type { LedgerEntry } from '../../../simulator/ledger/entries.ts';
import { eventually } from '../../support/eventually.ts';
import type { Answer } from '../../support/gateway/client.ts';
import type { CrashPoint } from '../harness/crash-plan.ts';
import type { Run, Scenario } from '../harness/scenario.ts';
import { type GatewayStage, oneGateway } from '../harness/stages.ts';
import type { World } from '../support/world.ts';

type Point = CrashPoint | 'after wire';

const points: readonly Point[] = [
  'before begin',
  'after begin',
  'after ratchet commit',
  'after wire',
  'after ack',
  'after complete',
  'before reply',
];

interface Case {
  readonly point: Point;
  readonly mode: 'sync' | 'async';
  readonly key: string | null;
  readonly dedup: boolean;
}

const cases: readonly Case[] = [false, true].flatMap((dedup) =>
  points.flatMap((point) =>
    (['sync', 'async'] as const).flatMap((mode) =>
      [null, `${point}-${mode}-${dedup}`.replaceAll(' ', '-')].map((key) => ({ point, mode, key, dedup })),
    ),
  ),
);

/** The 56 cases of a gateway that ends at a named point of a send. They are few, and never fewer. */
export const crashPoints: Scenario = {
  name: 'crash-points',
  id: 'i5',
  about: 'a crash at each named point of a send, in all its modes',
  full: { sessions: 1, sends: 56, kills: 56 },
  short: { sessions: 1, sends: 56, kills: 56 },
  run: async (run) => {
    await using stage = await oneGateway({ settings: { SEND_TIMEOUT_MS: '20000' } })({ size: run.size });
    for (const [index, one] of cases.entries()) {
      stage.simulator.settings.dedup = one.dedup;
      await judgeCase({ ...stage, run }, one, `628${String(index).padStart(9, '0')}`);
    }
  },
};

interface CaseStage extends GatewayStage {
  readonly run: Run;
}

async function judgeCase(stage: CaseStage, one: Case, phone: string): Promise<void> {
  const {
    world,
    lives,
    sessions: [session],
    run,
  } = stage;
  const contact = world.simulator.addContact({ phone });
  assert.equal((await world.client.sendText(session, contact.jid, 'hello')).status, 200);
  const first = await sendAndCrash(stage, one, contact.jid);
  await lives.start();
  const last = one.key === null ? first : await retry(stage, one, contact.jid);
  await world.client.until(session, 'connected');
  const rows = await eventually(() => settledRows(stage, contact.jid), 30_000);
  const faults = await eventually(() => {
    const found = faultsOf(stage, one, { answer: last, rows, phone });
    return found;
  });
  const { point, mode, key, dedup } = one;
  const title = `${point}, ${mode}, ${key === null ? 'no key' : 'key'}, server ${dedup ? 'drops' : 'keeps'} copies`;
  run.verdicts.judge(
    title,
    faults.length === 0,
    faults.length > 0 ? faults.join('; ') : `${copiesOf(world, rows)} on the wire`,
  );
}

/** Its answer; null when it was cut off. */
async function sendAndCrash(stage: CaseStage, one: Case, jid: string): Promise<Answer | null> {
  const { world, lives } = stage;
  // Nobody confirms what arrives before the crash: the next life has no evidence, and has to send again.
  const quiet = { to: jid, confirm: false } as const;
  if (one.point !== 'after wire') {
    const fault = world.simulator.faults.add({ kind: 'late-ack', delayMs: 0, ...quiet });
    await lives.gateway.tell({ point: one.point, skip: 0 });
    const [answer] = await Promise.all([send(stage, one, jid), lives.untilCrashed()]);
    fault.remove();
    return answer;
  }
  const fault = world.simulator.faults.add({ kind: 'no-ack', ...quiet });
  const isHit = (entry: LedgerEntry) => entry.kind === 'fault' && entry.fault === fault.id;
  const arrived = world.simulator.ledger.waitFor(isHit, { timeoutMs: 20_000 });
  const sent = send(stage, one, jid);
  await arrived;
  await lives.kill();
  fault.remove();
  return sent;
}

function send({ world, sessions: [session] }: CaseStage, { mode, key }: Case, jid: string): Promise<Answer | null> {
  const query = mode === 'async' ? '?async=true' : '';
  const headers = key === null ? {} : { 'idempotency-key': key };
  const body = { to: jid, type: 'text', text: 'the case' };
  return world.client.call('POST', `/sessions/${session}/messages${query}`, body, headers).catch(() => null);
}

/** What a caller does that has a key: it asks until it has a final answer. */
function retry(stage: CaseStage, one: Case, jid: string): Promise<Answer> {
  return eventually(async () => {
    const answer = await send(stage, one, jid);
    if (answer === null || answer.status >= 500) throw new Error(`no final answer: ${JSON.stringify(answer)}`);
    return answer;
  }, 60_000);
}

const RowSchema = v.looseObject({
  outboxId: v.string(),
  waMessageId: v.string(),
  to: v.string(),
  status: v.string(),
  error: v.nullable(v.looseObject({ code: v.string() })),
});

type Row = v.InferOutput<typeof RowSchema>;

/** What the gateway reports of the sends to that contact behind the first; throws while one is open. */
async function settledRows({ world, sessions: [session] }: CaseStage, jid: string): Promise<Row[]> {
  const answer = await world.client.call('GET', `/sessions/${session}/outbox?limit=200`);
  const { data } = v.parse(v.looseObject({ data: v.array(RowSchema) }), answer.body);
  const rows = data.filter((row) => row.to === jid).slice(1);
  for (const { status } of rows) assert(status !== 'queued' && status !== 'sending', status);
  return rows;
}

interface Outcome {
  readonly answer: Answer | null;
  readonly rows: readonly Row[];
  readonly phone: string;
}

/** How often the message was handed to the server. */
function copiesOf({ simulator }: World, rows: readonly Row[]): number {
  return rows.reduce((sum, { waMessageId }) => sum + simulator.ledger.tally(waMessageId).arrivals, 0);
}

/** In what the case went wrong, a sentence for each thing. */
function faultsOf({ world, events }: CaseStage, { key }: Case, { answer, rows, phone }: Outcome): string[] {
  const { ledger } = world.simulator;
  const seen = ledger.visible({ to: phone }).filter(({ text }) => text === 'the case');
  const isPromised = key !== null || (answer !== null && answer.status < 300);
  const reported = rows.filter(({ status }) => status !== 'failed').length;
  const flagged = events.flagged();
  const copies = rows.map(({ waMessageId }) => ({ waMessageId, count: ledger.tally(waMessageId).arrivals }));
  return [
    ...(isPromised && seen.length !== 1 ? [`${seen.length} visible of a promised send`] : []),
    ...(seen.length > 1 ? [`${seen.length} visible`] : []),
    ...(rows.length > 1 ? [`${rows.length} sends for one request`] : []),
    ...(reported !== seen.length
      ? [`the outbox says ${JSON.stringify(rows.map(({ status }) => status))}, ${seen.length} visible`]
      : []),
    ...copies.filter(({ count }) => count > 2).map(({ count }) => `${count} copies`),
    ...copies
      .filter(({ waMessageId, count }) => count > 1 && !flagged.has(waMessageId))
      .map(() => 'a copy without a flag'),
  ];
}
