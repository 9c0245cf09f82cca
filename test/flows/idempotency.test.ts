import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import type { Answer } from '../support/gateway/client.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { linkedBed, shared } from '../support/gateway/linked-bed.ts';

const { bed, client, session } = shared(await linkedBed({ settings: { SEND_TIMEOUT_MS: '2000' } }));

afterEach(() => bed.simulator.faults.clear());

function send(key: string, body: object = {}, mode: 'sync' | 'async' = 'sync', target = session): Promise<Answer> {
  const query = mode === 'async' ? '?async=true' : '';
  const full = { to, type: 'text', text: 'once', ...body };
  return client.call('POST', `/sessions/${target}/messages${query}`, full, { 'idempotency-key': key });
}

function results(answers: readonly Answer[]) {
  return answers.map(({ body }) => v.parse(SendResultSchema, body));
}

/** Message stanzas that reached WhatsApp under an id. */
function stanzas(id: string): number {
  return bed.simulator.ledger.stanzas({ tag: 'message', direction: 'in', id }).length;
}

test('100 concurrent requests with one key are one message: 100 × 200 with one id, 99 of them replayed', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => send('hundred')));

  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const sent = results(answers);
  const [id, ...others] = new Set(sent.map(({ waMessageId }) => waMessageId));
  assert.deepEqual(others, []);
  assert.equal(sent.filter(({ replayed }) => replayed).length, 99);
  assert.equal(stanzas(id ?? ''), 1);
});

test('100 concurrent requests with one key, half of them async, are one message', async () => {
  const modes = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 'sync' : 'async'));

  const answers = await Promise.all(modes.map((mode) => send('mixed', {}, mode)));

  assert.deepEqual(
    answers.filter(({ status }) => status !== 200 && status !== 202),
    [],
  );
  const sent = results(answers);
  const [id, ...others] = new Set(sent.map(({ waMessageId }) => waMessageId));
  assert.deepEqual(others, []);
  assert.equal(sent.filter(({ replayed }) => replayed).length, 99);
  await bed.simulator.ledger.waitForDelivery({ to: recipient, ...(id !== undefined && { id }) });
  assert.equal(stanzas(id ?? ''), 1);
});

test('a key that was refused with 400 is free', async () => {
  assert.equal((await send('after-400', { text: '' })).status, 400);

  const [result] = results([await send('after-400')]);

  assert.equal(result?.replayed, false);
});

test('a key that was refused with 429 works once there is a token', async () => {
  const limited = await client.linked(bed.simulator, '491700000002');
  await client.call('PATCH', `/sessions/${limited}`, { rateBurst: 1, ratePerMin: 60 });
  assert.equal((await client.sendText(limited, to, 'takes the token')).status, 200);
  const refused = await send('after-429', {}, 'sync', limited);
  assert.equal(refused.status, 429);

  await client.until(limited, 'connected');
  const answer = await send('after-429', {}, 'sync', limited);

  assert.equal(answer.status, 200);
  assert.equal(results([answer])[0]?.replayed, false);
});

test('a key used with another body gets the original, and is told so', async () => {
  const [original] = results([await send('mismatch', { text: 'first' })]);

  const answer = await send('mismatch', { text: 'second' });

  const [replay] = results([answer]);
  assert.equal(replay?.waMessageId, original?.waMessageId);
  assert.equal(replay?.replayed, true);
  assert.equal(answer.headers.get('idempotency-mismatch'), 'true');
  assert.equal(stanzas(original?.waMessageId ?? ''), 1);
});

test('the same fields in another order are the same request', async () => {
  await send('order');

  const path = `/sessions/${session}/messages`;
  const answer = await client.call('POST', path, { text: 'once', type: 'text', to }, { 'idempotency-key': 'order' });

  assert.equal(answer.headers.get('idempotency-mismatch'), null);
});

test('a key is scoped to its organization', async () => {
  const other = await bed.client({ organization: 'other' });
  const theirs = await other.linked(bed.simulator, '491700000003');
  const [ours] = results([await send('scoped')]);

  const path = `/sessions/${theirs}/messages`;
  const answer = await other.call('POST', path, { to, type: 'text', text: 'once' }, { 'idempotency-key': 'scoped' });

  const [result] = results([answer]);
  assert.equal(result?.replayed, false);
  assert.notEqual(result?.waMessageId, ours?.waMessageId);
});

test('a refusal by WhatsApp is replayed as the refusal it was', async () => {
  bed.simulator.faults.add({ kind: 'error-ack', code: 463, times: 1 });
  const first = await send('refused');

  const second = await send('refused');

  assert.equal(first.status, 502);
  assert.equal(second.status, 502);
  assert.match(JSON.stringify(second.body), /"replayed":true/);
});

test('a send whose outcome is unknown keeps its key: the retry gets what became of it', async () => {
  bed.simulator.faults.add({ kind: 'no-ack', times: 1, deliver: false });
  const first = await send('unknown');

  const second = await send('unknown');

  assert.equal(first.status, 504);
  assert.equal(second.status, 200);
  const [result] = results([second]);
  assert.equal(result?.replayed, true);
  assert.match(JSON.stringify(first.body), new RegExp(result?.waMessageId ?? 'none'));
});

test('whoever does not wait is told of the send that still runs under the key', async () => {
  bed.simulator.faults.add({ kind: 'no-ack', times: 1, deliver: false });
  const first = await send('running');

  const second = await send('running', {}, 'async');

  assert.equal(first.status, 504);
  assert.ok(second.status === 200 || second.status === 202, JSON.stringify(second.body));
  const [result] = results([second]);
  assert.equal(result?.replayed, true);
  assert.match(JSON.stringify(first.body), new RegExp(result?.waMessageId ?? 'none'));
});

test('after a restart the key is still known', async () => {
  const [before] = results([await send('restart')]);

  await bed.restart();
  await client.until(session, 'connected');
  const [afterwards] = results([await send('restart')]);

  assert.equal(afterwards?.waMessageId, before?.waMessageId);
  assert.equal(afterwards?.replayed, true);
});

test('a key that waits for one session does not keep another session from sending with it', async () => {
  const phone = '491700000008';
  const away = await client.linked(bed.simulator, phone);
  bed.simulator.faults.add({ kind: 'login-failure', code: 503, account: phone });
  bed.simulator.disconnect(phone, 'reset');
  await client.until(away, 'connecting');

  const waiting = send('two-sessions', {}, 'sync', away);
  const answer = await send('two-sessions');

  assert.equal((await waiting).status, 501);
  assert.equal(answer.status, 200);
});

test('a replayed failure says when it was of another request', async () => {
  bed.simulator.faults.add({ kind: 'error-ack', code: 463, times: 1 });
  await send('failed-mismatch', { text: 'first' });

  const answer = await send('failed-mismatch', { text: 'second' });

  assert.equal(answer.status, 502);
  assert.equal(answer.headers.get('idempotency-mismatch'), 'true');
});
