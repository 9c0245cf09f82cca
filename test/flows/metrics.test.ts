import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import * as v from 'valibot';
import type { Key } from '../../src/store/contract.ts';
import { openStore } from '../../src/store/open-store.ts';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/gateway/client.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';
import { figuresAt } from '../support/prometheus-text.ts';

const hourMs = 3_600_000;

/** How far the gateway's clock is ahead. */
let ahead = 0;

const {
  bed,
  client,
  session,
  contact: ada,
} = shared(
  await linkedBed({
    settings: { METRICS_PORT: '0', SEND_TIMEOUT_MS: '1000' },
    gateway: {
      now: () => Date.now() + ahead,
    },
  }),
);
await client.sendText(session, to, 'the first message sets up the Signal sessions');

afterEach(() => bed.simulator.faults.clear());

const figures = () => figuresAt(bed.gateway.metricsUrl);

/** Waits until a figure is what it should be. */
function until(name: string, labels: Record<string, string>, value: number): Promise<void> {
  return eventually(async () => assert.equal((await figures()).of(name, labels), value));
}

/** How much a figure grows while something happens, at least by one. */
async function growth(name: string, labels: Record<string, string>, act: () => Promise<unknown>): Promise<number> {
  const before = (await figures()).of(name, labels);
  await act();
  return eventually(async () => {
    const grown = (await figures()).of(name, labels) - before;
    assert(grown > 0, `${name} ${JSON.stringify(labels)} did not grow`);
    return grown;
  });
}

function enqueue(text: string): Promise<Answer> {
  return client.call('POST', `/sessions/${session}/messages?async=true`, { to, type: 'text', text });
}

const outboxIdOf = ({ body }: Answer) => v.parse(v.looseObject({ outboxId: v.string() }), body).outboxId;

test('an acknowledged send is one that was sent, with the time that it took', async () => {
  const sent = { mode: 'sync', outcome: 'sent' };
  const before = await figures();
  bed.simulator.faults.add({ kind: 'late-ack', delayMs: 300 });

  assert.equal(await growth('sends_total', sent, () => client.sendText(session, to, 'slowly')), 1);

  const now = await figures();
  assert.equal(now.of('send_ack_seconds_count') - before.of('send_ack_seconds_count'), 1);
  assert.equal(now.of('send_ack_seconds_bucket', { le: '0.25' }), before.of('send_ack_seconds_bucket', { le: '0.25' }));
  const took = now.of('send_ack_seconds_sum') - before.of('send_ack_seconds_sum');
  assert(took >= 0.29 && took < 5, String(took));
});

test('a refused send is none that was sent, and its caller one that was refused', async () => {
  bed.simulator.faults.add({ kind: 'error-ack', code: 463 });
  const refusals = (await figures()).of('send_refusals_total', { code: 'upstream_error' });
  const acks = (await figures()).of('send_ack_seconds_count');

  const send = () => client.sendText(session, to, 'not wanted');
  assert.equal(await growth('sends_total', { mode: 'sync', outcome: 'refused' }, send), 1);

  assert.equal((await figures()).of('send_refusals_total', { code: 'upstream_error' }) - refusals, 1);
  assert.equal((await figures()).of('send_ack_seconds_count'), acks);
});

test('what waits in the queue is counted with the age of the oldest, then taken back or expired', async () => {
  await client.call('POST', `/sessions/${session}:stop`);
  const first = await enqueue('for tomorrow');
  const second = await enqueue('for never');
  await until('queue_depth', {}, 2);
  await until('sessions', { status: 'stopped' }, 1);
  assert((await figures()).of('queue_oldest_seconds') < 60);

  const cancel = () => client.call('DELETE', `/sessions/${session}/outbox/${outboxIdOf(second)}`);
  assert.equal(await growth('sends_total', { mode: 'async', outcome: 'cancelled' }, cancel), 1);
  ahead += 25 * hourMs;
  await until('queue_depth', {}, 1);
  assert((await figures()).of('queue_oldest_seconds') >= 25 * 3_600 - 60);

  const start = () => client.call('POST', `/sessions/${session}:start`);
  assert.equal(await growth('sends_total', { mode: 'async', outcome: 'expired' }, start), 1);
  assert.equal((await client.outbox(session, outboxIdOf(first))).error?.code, 'expired');
  await until('queue_depth', {}, 0);
  assert.equal((await figures()).of('queue_oldest_seconds'), 0);
  await client.until(session, 'connected');
});

test('a send without an answer shows after 20 s, and is unknown once it is given up', async () => {
  await until('sends_unacknowledged', {}, 0);
  bed.simulator.faults.add({ kind: 'no-ack', times: 3, deliver: false });
  const reconnects = (await figures()).of('reconnects_total', { reason: 'ack_timeout' });

  const lost = await client.sendText(session, to, 'never acknowledged');
  assert.equal(lost.status, 504);
  assert.equal((await figures()).of('sends_unacknowledged'), 0);
  ahead += 21_000;
  assert.equal((await figures()).of('sends_unacknowledged'), 1);

  await eventually(async () => {
    assert.equal((await figures()).of('sends_total', { mode: 'sync', outcome: 'unknown' }), 1);
  }, 30_000);
  assert.equal((await figures()).of('sends_unacknowledged'), 0);
  assert.equal((await figures()).of('reconnects_total', { reason: 'ack_timeout' }) - reconnects, 3);
  await client.until(session, 'connected');
});

test('a lost connection is a reconnect with its reason', async () => {
  bed.simulator.faults.add({ kind: 'stream-error', code: 503, times: 1, afterAck: true });

  const lose = () => client.sendText(session, to, 'the last one for now');
  assert.equal(await growth('reconnects_total', { reason: 'service_unavailable' }, lose), 1);

  await client.until(session, 'connected');
  await until('sessions', { status: 'connected' }, 1);
});

test('a queue that has to wait for its share of the limit', async () => {
  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 4, ratePerMin: 6 });

  await growth('rate_limit_waits_total', {}, async () => {
    for (let queued = 0; queued < 4; queued += 1) await enqueue(`in its turn, ${queued}`);
  });

  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 1_000, ratePerMin: 1_000 });
  await until('queue_depth', {}, 0);
});

test('a limit that is reached, and the refusals that follow', async () => {
  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 1, ratePerMin: 1 });

  const use = () => client.sendText(session, to, 'the only one');
  assert.equal(await growth('rate_limit_reached_total', {}, use), 1);
  const exceed = () => client.sendText(session, to, 'too many');
  assert.equal(await growth('send_refusals_total', { code: 'rate_limited' }, exceed), 1);
  await until('sessions', { status: 'rate_limited' }, 1);

  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 1_000, ratePerMin: 1_000 });
  await client.until(session, 'connected');
  ahead += hourMs;
});

test('a key that comes again is a replay, and with something else a mismatch', async () => {
  const send = (text: string) => () =>
    client.call('POST', `/sessions/${session}/messages`, { to, type: 'text', text }, { 'idempotency-key': 'order-1' });
  await send('one')();

  assert.equal(await growth('idempotent_replays_total', {}, send('one')), 1);
  assert.equal(await growth('idempotent_mismatches_total', {}, send('another')), 1);
});

test('a device that asks for a message again is counted', async () => {
  ada.failDecryption({ device: 1, times: 1 });

  const send = () => client.sendText(session, to, 'say that again');
  assert.equal(await growth('retry_receipts_total', {}, send), 1);
});

test('a message that the gateway cannot decrypt is counted', async () => {
  await ada.sendText(own, 'sets the Signal session up');
  // Once she has an answer, her messages no longer bring what begins a session.
  const answer = await client.sendText(session, ada.jid, 'an answer');
  assert.equal(answer.status, 200);
  await bed.simulator.ledger.waitFor(() =>
    bed.simulator.ledger.deliveries({ to: ada.phone }).some(({ text, device }) => text === 'an answer' && device === 0),
  );
  await bed.gateway.close();
  await forgetSignalSessions();
  await bed.restart();
  await client.until(session, 'connected');

  assert.equal(await growth('decrypt_failures_total', {}, () => ada.sendText(own, 'unreadable')), 1);
});

async function forgetSignalSessions(): Promise<void> {
  await using store = await openStore(bed.config, { as: 'owner' });
  const prefix: Key = ['acme', 'signal', session];
  const entries = await store.list(prefix, { limit: 1_000 });
  await store.commit({ deletes: entries.map(({ key }) => key).filter((key) => key[4] === 'session') });
}

test('readers of events are counted while they read', async () => {
  const headers = { authorization: `Bearer ${client.token}` };
  const reader = await SseClient.open(`${bed.gateway.url}/api/v1/events`, headers);
  await until('stream_readers', { kind: 'sse' }, 1);
  const ticketed = await client.call('POST', '/realtime/ticket', {});
  const { ticket } = v.parse(v.looseObject({ ticket: v.string() }), ticketed.body);
  const socket = new WebSocket(`${bed.gateway.url.replace('http', 'ws')}/api/v1/realtime?ticket=${ticket}`);
  await until('stream_readers', { kind: 'websocket' }, 1);

  await reader[Symbol.asyncDispose]();
  socket.close();

  await until('stream_readers', {}, 0);
  await until('http_requests_total', { route: 'openRealtime', status: '1xx' }, 1);
  assert.equal((await figures()).of('http_request_seconds_count', { route: 'openRealtime' }), 0);
  assert.equal((await figures()).of('http_request_seconds_count', { route: 'streamEvents' }), 0);
});

test('requests are counted by route and class of status, with their time', async () => {
  const labels = { route: 'getSession' };
  const timed = (await figures()).of('http_request_seconds_count', labels);

  const look = () => client.session(session);
  assert.equal(await growth('http_requests_total', { ...labels, status: '2xx' }, look), 1);
  const missing = () => client.call('GET', '/sessions/01M833PJWM02QDH80TB2NT7P4C');
  assert.equal(await growth('http_requests_total', { ...labels, status: '4xx' }, missing), 1);
  const astray = () => fetch(`${bed.gateway.url}/nowhere/${recipient}`);
  assert.equal(await growth('http_requests_total', { route: 'none', status: '4xx' }, astray), 1);

  assert.equal((await figures()).of('http_request_seconds_count', labels) - timed, 2);
});

test('the store tells how long it takes, and whether it can be written', async () => {
  for (const operation of ['get', 'list', 'commit']) {
    assert((await figures()).of('store_seconds_count', { operation }) > 0, operation);
    assert.equal((await figures()).of('store_failures_total', { operation }), 0);
  }
  await growth('store_seconds_count', { operation: 'commit' }, () => client.sendText(session, to, 'stored'));
  assert.equal((await figures()).of('store_working'), 1);
});

test('the process tells of itself, and of the delays of its event loop', async () => {
  const now = await figures();

  assert(now.of('event_loop_delay_seconds_count') > 0);
  assert(now.of('process_resident_memory_bytes') > 1e7);
  assert(now.of('process_cpu_seconds_total') > 0);
});
