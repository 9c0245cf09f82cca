import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { done, refused } from '../../../src/domain/errors.ts';
import { SendResultSchema } from '../../../src/domain/outbox.ts';
import { type Answer, startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

const text = { to: '6281234567890@s.whatsapp.net', type: 'text', text: 'hello' };

async function sending() {
  const api = await startApi();
  const [key, session] = [await api.key(), await api.linkedSession()];
  const send = (name: string | null, json: unknown = text, query = '') =>
    api.ask(`POST /api/v1/sessions/${session}/messages${query}`, {
      key,
      json,
      ...(name !== null && { headers: { 'idempotency-key': name } }),
    });
  return { api, session, send };
}

const resultOf = ({ json }: Answer) => v.parse(SendResultSchema, json);

test('the same key gives the result of the first send and dispatches nothing, raw or in quotes', async () => {
  const { api, send } = await sending();
  await using _ = api;

  const first = await send('order-17');
  const again = [await send('order-17'), await send('"order-17"')];

  const result = resultOf(first);
  assert.equal(result.replayed, false);
  for (const answer of again) {
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json, { ...result, replayed: true });
    assert.equal(answer.headers.get('idempotency-mismatch'), null);
  }
  assert.equal(api.sends.dispatched.length, 1);
});

test('an absent and an empty key send each time', async () => {
  const { api, send } = await sending();
  await using _ = api;

  for (const name of [null, '', '""', null]) assert.equal(resultOf(await send(name)).replayed, false);

  assert.equal(api.sends.dispatched.length, 4);
});

test('a key of up to 255 visible characters is taken, anything else is 400 and names the header', async () => {
  const { api, send } = await sending();
  await using _ = api;

  for (const good of ['x'.repeat(255), `"${'x'.repeat(255)}"`, '!~"#', 'a,b', '"']) {
    assert.equal((await send(good)).status, 200, good);
  }
  for (const bad of ['x'.repeat(256), 'a b', '"a b"', 'é', 'a\tb']) issuesOf(await send(bad), 'Idempotency-Key');
  assert.equal(api.sends.dispatched.length, 4);
});

test('a replay is 202 while the send is queued and 200 once it is settled', async () => {
  const { api, send } = await sending();
  await using _ = api;

  const { outboxId } = resultOf(await send('later', text, '?async=true'));
  const early = await send('later', text, '?async=true');
  api.sends.settle(outboxId, 'delivered');
  const late = await send('later');

  assert.deepEqual([early.status, resultOf(early).status], [202, 'queued']);
  assert.deepEqual([late.status, resultOf(late).status, resultOf(late).mode], [200, 'delivered', 'async']);
});

test('the same key with another body gives the first result, and says in a header that it does not fit', async () => {
  const { api, send } = await sending();
  await using _ = api;
  const first = resultOf(await send('one'));

  const answer = await send('one', { ...text, text: 'bye' });

  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, { ...first, replayed: true });
  assert.equal(answer.headers.get('idempotency-mismatch'), 'true');
  assert.equal(api.sends.dispatched.length, 1);
});

test('when strict, the same key with another body is 422, and with the same body is answered', async () => {
  const { api, send } = await sending();
  await using _ = api;
  api.sends.isStrict = true;
  await send('one');

  errorOf(await send('one', { ...text, text: 'bye' }), 422, 'idempotency_mismatch');

  assert.equal(resultOf(await send('one')).replayed, true);
  assert.equal(api.sends.dispatched.length, 1);
});

test('a key whose send was refused can be used again', async () => {
  const { api, send } = await sending();
  await using _ = api;
  api.sends.whatsapp = async () => refused({ code: 'unavailable', message: 'not now', retryAfterMs: 1 });
  errorOf(await send('one'), 503, 'unavailable');

  api.sends.whatsapp = async () => done('sent');

  assert.deepEqual(resultOf(await send('one')).replayed, false);
});
