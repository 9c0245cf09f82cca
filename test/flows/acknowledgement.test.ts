import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { eventually } from '../support/eventually.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { linkedBed, shared } from '../support/gateway/linked-bed.ts';

const ErrorSchema = v.strictObject({
  error: v.strictObject({
    code: v.string(),
    message: v.string(),
    details: v.looseObject({ outboxId: v.string(), waMessageId: v.string() }),
  }),
});

const { bed, client, session } = shared(await linkedBed({ settings: { SEND_TIMEOUT_MS: '1000' } }));
await client.sendText(session, to, 'the first message sets up the Signal sessions');

afterEach(() => bed.simulator.faults.clear());

/** Waits until the row of a send has a status. */
function hasStatus(outboxId: string, status: string, timeoutMs?: number) {
  return eventually(async () => {
    const found = await client.outbox(session, outboxId);
    assert.equal(found.status, status);
    return found;
  }, timeoutMs);
}

test('without an acknowledgement there is no 200: 504 names the send, and its row is not called sent', async () => {
  bed.simulator.faults.add({ kind: 'no-ack' });
  const began = performance.now();

  const answer = await client.sendText(session, to, 'into the dark');

  assert.equal(answer.status, 504);
  assert.ok(performance.now() - began >= 990, 'the whole send timeout is waited for');
  const { error } = v.parse(ErrorSchema, answer.body);
  assert.equal(error.code, 'timeout');
  assert.equal((await client.outbox(session, error.details.outboxId)).status, 'sending');
  bed.simulator.faults.clear();
  await hasStatus(error.details.outboxId, 'read');
});

test('a send in doubt whose receipt came in is settled by it, and not sent again', async () => {
  bed.simulator.faults.add({ kind: 'no-ack', times: 1 });

  const answer = await client.sendText(session, to, 'in doubt, but read');

  const { error } = v.parse(ErrorSchema, answer.body);
  assert.equal((await hasStatus(error.details.outboxId, 'read')).attempts, 1);
  const stanzas = bed.simulator.ledger.stanzas({ tag: 'message', direction: 'in', id: error.details.waMessageId });
  assert.equal(stanzas.length, 1);
});

test('a send in doubt is sent again under the same WhatsApp id, and settled once WhatsApp answers', async () => {
  bed.simulator.faults.add({ kind: 'no-ack', times: 1, deliver: false });

  const answer = await client.sendText(session, to, 'in doubt');

  const { error } = v.parse(ErrorSchema, answer.body);
  assert.equal((await hasStatus(error.details.outboxId, 'read')).attempts, 2);
  const stanzas = bed.simulator.ledger.stanzas({ tag: 'message', direction: 'in', id: error.details.waMessageId });
  assert.equal(stanzas.length, 2, 'both attempts carry the id that the caller was told');
});

test('a late acknowledgement is waited for', async () => {
  bed.simulator.faults.add({ kind: 'late-ack', delayMs: 500 });
  const began = performance.now();

  const answer = await client.sendText(session, to, 'slowly');

  assert.equal(answer.status, 200);
  assert.ok(performance.now() - began >= 490, 'the answer comes after the acknowledgement');
});

test('a refusal by WhatsApp is a 502 with its code, and the row is failed', async () => {
  bed.simulator.faults.add({ kind: 'error-ack', code: 463 });

  const answer = await client.sendText(session, to, 'not wanted');

  assert.equal(answer.status, 502);
  const { error } = v.parse(ErrorSchema, answer.body);
  assert.equal(error.code, 'upstream_error');
  assert.equal(error.details['whatsappCode'], '463');
  assert.equal((await client.outbox(session, error.details.outboxId)).status, 'failed');
});

test('a send whose connection is reset before the acknowledgement is answered 200 after the reconnect', async () => {
  bed.simulator.faults.add({ kind: 'reset', on: 'message', deliver: false, times: 1 });

  const answer = await client.sendText(session, to, 'across a reset');

  // The back-off is random up to a second, as long as the send timeout: both answers are right, a lie is not.
  assert.ok(answer.status === 200 || answer.status === 504, `was ${answer.status}`);
  const id = answer.status === 200 ? v.parse(SendResultSchema, answer.body).waMessageId : undefined;
  const waMessageId = id ?? v.parse(ErrorSchema, answer.body).error.details.waMessageId;
  await bed.simulator.ledger.waitForDelivery({ to: recipient, id: waMessageId });
  if (answer.status === 504) await hasStatus(v.parse(ErrorSchema, answer.body).error.details.outboxId, 'read');
});

test('a send that WhatsApp never acknowledges is given up as unknown, and the next one goes out', async () => {
  bed.simulator.faults.add({ kind: 'no-ack', times: 3, deliver: false });

  const lost = await client.sendText(session, to, 'never acknowledged');

  const { error } = v.parse(ErrorSchema, lost.body);
  assert.equal((await hasStatus(error.details.outboxId, 'failed', 30_000)).error?.code, 'unknown_outcome');
  assert.equal((await client.sendText(session, to, 'afterwards')).status, 200);
});
