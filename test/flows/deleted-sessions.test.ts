import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { to } from '../support/gateway/environment.ts';
import { contactBed } from '../support/gateway/linked-bed.ts';

const ErrorSchema = v.looseObject({ error: v.looseObject({ details: v.looseObject({ reason: v.string() }) }) });

test('the key of a send that was queued when its session was deleted answers 409 for 48 hours, then it is free', async () => {
  let aheadMs = 0;
  await using started = await contactBed({ gateway: { now: () => Date.now() + aheadMs } });
  const { bed, client } = started;
  const [deleted, other] = [
    await client.linked(bed.simulator, '491700000001'),
    await client.linked(bed.simulator, '491700000002'),
  ];
  for (const session of [deleted, other]) await client.call('POST', `/sessions/${session}:stop`);
  const queue = (session: string) => {
    const body = { to, type: 'text', text: 'once' };
    return client.call('POST', `/sessions/${session}/messages?async=true`, body, { 'Idempotency-Key': 'once' });
  };
  assert.equal((await queue(deleted)).status, 202);

  assert.equal((await client.call('DELETE', `/sessions/${deleted}`)).status, 204);

  const refused = await queue(other);
  assert.equal(refused.status, 409);
  assert.equal(v.parse(ErrorSchema, refused.body).error.details.reason, 'send_deleted');
  aheadMs = 48 * 60 * 60 * 1_000;
  assert.equal((await queue(other)).status, 202);
});
