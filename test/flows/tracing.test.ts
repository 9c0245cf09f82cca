import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { loggerTo } from '../../src/logger.ts';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/gateway/client.ts';
import { to } from '../support/gateway/environment.ts';
import { linkedBed, shared } from '../support/gateway/linked-bed.ts';
import { SendTrail } from '../support/gateway/send-trail.ts';

const EventSchema = v.looseObject({ payload: v.looseObject({ status: v.string(), traceId: v.optional(v.string()) }) });

const trail = new SendTrail();

const { bed, client, session } = shared(
  await linkedBed({ settings: { SEND_TIMEOUT_MS: '1000' }, log: loggerTo(trail, 'info'), contact: { devices: 1 } }),
);

const newTrace = () => randomBytes(16).toString('hex');

function send(traceId: string, text: string, { query = '', key = '' } = {}): Promise<Answer> {
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, ...(key !== '' && { 'idempotency-key': key }) };
  return client.call('POST', `/sessions/${session}/messages${query}`, { to, type: 'text', text }, headers);
}

const resultOf = ({ body }: Answer) => v.parse(SendResultSchema, body);

/** What readers are told of some sends, from when it is opened. */
async function openEvents(): Promise<SseClient> {
  const headers = { authorization: `Bearer ${client.token}` };
  return SseClient.open(`${bed.gateway.url}/api/v1/events?event=message.status`, headers);
}

const tracesIn = async (events: SseClient, count: number) =>
  (await events.until(count)).map(({ data = '' }) => v.parse(EventSchema, JSON.parse(data)).payload.traceId);

const byText = (one: string, other: string) => one.localeCompare(other);

test('one trace leads from the request over the acknowledgement to the receipts: in the log, the events, the outbox', async () => {
  await using events = await openEvents();
  const traceId = newTrace();

  const answer = await send(traceId, 'traced');

  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('x-trace-id'), traceId);
  const { outboxId } = resultOf(answer);
  assert.deepEqual(await tracesIn(events, 4), [traceId, traceId, traceId, traceId]);
  // Receipts may come in before what WhatsApp has acknowledged is stored.
  const told = ['request', 'send acknowledged', 'send begun', ...Array(2).fill('send confirmed by its recipient')];
  await eventually(() => assert.deepEqual(trail.of(traceId).sort(byText), told));
  assert.deepEqual(trail.ofSend(outboxId).sort(byText), told);
  const { body } = await client.call('GET', `/sessions/${session}/outbox/${outboxId}`);
  assert.equal(v.parse(v.looseObject({ traceId: v.string() }), body).traceId, traceId);
});

test('a request without a valid traceparent gets a trace of its own, and so does its send', async () => {
  await using events = await openEvents();
  const headers = { traceparent: `00-${newTrace()}-0000000000000000-01` };

  const answer = await client.call('POST', `/sessions/${session}/messages`, { to, type: 'text', text: 'new' }, headers);

  const made = answer.headers.get('x-trace-id') ?? '';
  assert.match(made, /^[0-9a-f]{32}$/);
  assert(!headers.traceparent.includes(made));
  assert.deepEqual(new Set(await tracesIn(events, 4)), new Set([made]));
});

test('an async send that goes out after a restart has the trace of the request that it was accepted from', async () => {
  const traceId = newTrace();
  await client.call('POST', `/sessions/${session}:stop`);
  const { outboxId } = resultOf(await send(traceId, 'for later', { query: '?async=true' }));

  await bed.restart();
  await using events = await openEvents();
  await client.call('POST', `/sessions/${session}:start`);

  assert.deepEqual(new Set(await tracesIn(events, 4)), new Set([traceId]));
  await eventually(() => assert(trail.of(traceId).includes('send acknowledged')));
  assert.deepEqual(trail.ofSend(outboxId).slice(0, 3), ['send accepted', 'request', 'send begun']);
});

test('a replay has a trace of its own, and leaves that of the send as it is', async () => {
  const [first, second] = [newTrace(), newTrace()];
  const { outboxId } = resultOf(await send(first, 'once', { key: 'order-7' }));

  const again = await send(second, 'once', { key: 'order-7' });

  assert.equal(resultOf(again).replayed, true);
  assert.equal(again.headers.get('x-trace-id'), second);
  await eventually(() => assert.deepEqual(trail.of(second), ['request']));
  assert.equal(trail.lines.find((line) => line.traceId === second)?.outboxId, outboxId);
  const { body } = await client.call('GET', `/sessions/${session}/outbox/${outboxId}`);
  assert.equal(v.parse(v.looseObject({ traceId: v.string() }), body).traceId, first);
});

test('a send that fails has its trace in the log and in its event, with the code', async () => {
  await using events = await openEvents();
  const traceId = newTrace();
  bed.simulator.faults.add({ kind: 'error-ack', code: 463, times: 1 });

  assert.equal((await send(traceId, 'not wanted')).status, 502);

  assert.deepEqual(await tracesIn(events, 2), [traceId, traceId]);
  await eventually(() => assert(trail.of(traceId).includes('request')));
  const failed = trail.lines.find((line) => line.traceId === traceId && line.msg === 'send failed');
  assert.equal(failed?.errorCode, '463');
});

test('a send whose connection breaks goes out again under its trace', async () => {
  const traceId = newTrace();
  bed.simulator.faults.add({ kind: 'no-ack', times: 1, deliver: false });

  const lost = await send(traceId, 'twice');

  assert.equal(lost.status, 504);
  await eventually(() => assert(trail.of(traceId).includes('send acknowledged')), 20_000);
  assert(trail.of(traceId).includes('send begun again'));
});
