import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { startTestBed } from '../support/gateway/gateway.ts';

const recipient = '6281234567890';
const to = `${recipient}@s.whatsapp.net`;
const ErrorSchema = v.looseObject({ error: v.looseObject({ details: v.looseObject({ reason: v.string() }) }) });

test('the key of a send that was queued when its session was deleted answers 409 for 48 hours, then it is free', async () => {
  let aheadMs = 0;
  await using bed = await startTestBed({}, undefined, { now: () => Date.now() + aheadMs });
  bed.simulator.addContact({ phone: recipient });
  const client = await bed.client();
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
