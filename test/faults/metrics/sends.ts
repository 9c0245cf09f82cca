import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { phoneOf } from '../support/world.ts';
import { enqueue, is, judgeGauge, judgeGrowth, link, type Stage, send } from './stage.ts';

const sent = ['sends_total', { mode: 'sync', outcome: 'sent' }] as const;
const slowMs = 300;

/** What WhatsApp says to sends, late, never or otherwise, and what callers ask twice. */
export async function moveSends(stage: Stage, session: string): Promise<void> {
  const { world } = stage;
  const { faults } = world.simulator;
  faults.add({ kind: 'late-ack', delayMs: slowMs, account: phoneOf(0), times: 3 });
  await judgeGrowth(
    stage,
    `three acknowledgements that come ${slowMs} ms late`,
    [
      [sent, 3],
      [['send_ack_seconds_count'], 3],
      [['send_ack_seconds_sum'], { atLeast: (3 * slowMs) / 1_000 - 0.01 }],
      [['send_ack_seconds_bucket', { le: '0.25' }], 0],
    ],
    async () => {
      for (const text of ['one', 'two', 'three']) await send(stage, session, text);
    },
  );
  faults.add({ kind: 'error-ack', code: 463, account: phoneOf(0), times: 2 });
  await judgeGrowth(
    stage,
    'two negative acknowledgements',
    [
      [['sends_total', { mode: 'sync', outcome: 'refused' }], 2],
      [['send_refusals_total', { code: 'upstream_error' }], 2],
      [sent, 0],
      [['send_ack_seconds_count'], 0],
    ],
    async () => {
      for (const text of ['unwanted', 'again']) await send(stage, session, text);
    },
  );
  await judgeGrowth(
    stage,
    'a recipient who is not on WhatsApp',
    [[['sends_total', { mode: 'sync', outcome: 'recipient_unknown' }], 1]],
    () => world.client.sendText(session, '6289999999999@s.whatsapp.net', 'anybody?'),
  );
  await judgeGrowth(
    stage,
    'a key that comes five times: once new, twice again, twice with something else',
    [
      [sent, 1],
      [['idempotent_replays_total'], 2],
      [['idempotent_mismatches_total'], 2],
    ],
    async () => {
      for (const text of ['order', 'order', 'order', 'other', 'another']) await send(stage, session, text, 'order-1');
    },
  );
}

/** A queue that stands still, with one send taken back, and one whose number has gone. */
export async function moveQueue(stage: Stage): Promise<void> {
  const { client } = stage.world;
  const session = await link(stage, 1);
  await client.call('POST', `/sessions/${session}:stop`);
  const queued: string[] = [];
  for (let at = 0; at < 5; at += 1) queued.push(await enqueue(stage, session, `queued ${at}`));
  await judgeGauge(stage, 'five sends are queued for a session that rests', ['queue_depth'], is(5));
  await judgeGauge(stage, 'the oldest gets older', ['queue_oldest_seconds'], (age) => age >= 1.5);
  await judgeGrowth(
    stage,
    'one of them is taken back',
    [[['sends_total', { mode: 'async', outcome: 'cancelled' }], 1]],
    () => client.call('DELETE', `/sessions/${session}/outbox/${queued[4]}`),
  );
  await judgeGauge(stage, 'and is not queued any more', ['queue_depth'], is(4));
  await judgeGrowth(stage, 'the session runs again', [[['sends_total', { mode: 'async', outcome: 'sent' }], 4]], () =>
    client.call('POST', `/sessions/${session}:start`),
  );
  await judgeGauge(stage, 'the queue is empty', ['queue_depth'], is(0));
  await judgeGauge(stage, 'nothing waits', ['queue_oldest_seconds'], is(0));
  await moveAccount(stage, session);
}

async function moveAccount(stage: Stage, session: string): Promise<void> {
  const { client, simulator } = stage.world;
  await client.call('POST', `/sessions/${session}:stop`);
  await enqueue(stage, session, 'from the old number');
  await judgeGrowth(
    stage,
    'another number is linked to a session with a queue',
    [[['sends_total', { mode: 'async', outcome: 'account_changed' }], 1]],
    async () => {
      await client.call('POST', `/sessions/${session}:logout`);
      await simulator.scanQr(await client.qr(session), phoneOf(101));
      await client.until(session, 'connected');
    },
  );
}

/** Bursts over the rate, of callers and of a queue. */
export async function moveLimits(stage: Stage): Promise<void> {
  const { client } = stage.world;
  const session = await link(stage, 2);
  const limit = (rates: object) => client.call('PATCH', `/sessions/${session}`, rates);
  await limit({ rateBurst: 4, ratePerMin: 6 });
  await judgeGrowth(
    stage,
    'a queue uses up its share of the burst',
    [[['rate_limit_waits_total'], { atLeast: 1 }]],
    async () => {
      for (let at = 0; at < 4; at += 1) await enqueue(stage, session, `in its turn ${at}`);
    },
  );
  await limit({ rateBurst: 1_000, ratePerMin: 1_000 });
  await judgeGauge(stage, 'it goes on with a higher limit', ['queue_depth'], is(0));
  await limit({ rateBurst: 1, ratePerMin: 1 });
  await judgeGrowth(
    stage,
    'a burst of six over a limit of one',
    [
      [['rate_limit_reached_total'], { atLeast: 1 }],
      [['send_refusals_total', { code: 'rate_limited' }], 5],
    ],
    async () => {
      for (let at = 0; at < 6; at += 1) await send(stage, session, `burst ${at}`);
    },
  );
  await judgeGauge(stage, 'that session is over its limit', ['sessions', { status: 'rate_limited' }], is(1));
  await limit({ rateBurst: 1_000, ratePerMin: 1_000 });
  await client.until(session, 'connected');
}

/** A send that WhatsApp never acknowledges, while everything else goes on. Resolves when it was given up. */
export async function beSilent(stage: Stage): Promise<() => Promise<void>> {
  const session = await link(stage, 3);
  await send(stage, session, 'sets the Signal session up');
  stage.world.simulator.faults.add({ kind: 'no-ack', account: phoneOf(3), deliver: false });
  const before = await stage.scraper.read();
  const id = await enqueue(stage, session, 'never acknowledged');
  return async () => {
    const unknown = async (): Promise<void> => {
      const { error } = await stage.world.client.outbox(session, id);
      if (error?.code !== 'unknown_outcome') throw new Error('it is not given up yet');
    };
    await eventually(unknown, 120_000);
    await pause(1_000);
    judgeSilence(stage, await stage.scraper.read(), before);
  };
}

function judgeSilence({ scraper, verdicts }: Stage, now: Reading, before: Reading): void {
  const waiting = scraper.readings.map((figures) => figures.of('sends_unacknowledged'));
  verdicts.judge(
    'sends_unacknowledged tells: one send without an acknowledgement, and none before and after',
    Math.max(...waiting) === 1 && waiting[0] === 0 && now.of('sends_unacknowledged') === 0,
    `1 in ${waiting.filter((value) => value === 1).length} of ${waiting.length} readings`,
  );
  const grown = (name: string, labels: Record<string, string>) => now.of(name, labels) - before.of(name, labels);
  const given = grown('sends_total', { mode: 'async', outcome: 'unknown' });
  verdicts.judge('sends_total{mode=async,outcome=unknown} grows: it is given up', given === 1, `by ${given}`);
  const lost = grown('reconnects_total', { reason: 'ack_timeout' });
  verdicts.judge('reconnects_total{reason=ack_timeout} grows: after each silence', lost === 3, `by ${lost}`);
}

type Reading = Awaited<ReturnType<Stage['scraper']['read']>>;
