import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { eventually } from '../support/eventually.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { contactBed, shared } from '../support/gateway/linked-bed.ts';

const { bed, client } = shared(await contactBed({ contact: { devices: 1 } }));

test('over the limit a sync send is 429 with the limit in headers and details, and honouring Retry-After succeeds', async () => {
  const session = await client.linked(bed.simulator, '491700000001');
  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 2, ratePerMin: 60 });
  await client.sendText(session, to, 'one');
  await client.sendText(session, to, 'two');

  const refused = await client.sendText(session, to, 'three');

  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('ratelimit-policy'), '"session";q=60;w=60');
  assert.match(refused.headers.get('ratelimit') ?? '', /^"session";r=0;t=1$/);
  const { error } = v.parse(
    v.object({ error: v.object({ code: v.string(), details: v.record(v.string(), v.unknown()) }) }),
    refused.body,
  );
  assert.equal(error.code, 'rate_limited');
  assert.equal(error.details['limit'], 60);
  assert.equal(error.details['window'], 'minute');
  const retryAfterSeconds = Number(refused.headers.get('retry-after'));
  assert.equal(retryAfterSeconds, 1);
  await wait(retryAfterSeconds * 1000);
  assert.equal((await client.sendText(session, to, 'three')).status, 200);
});

test('the session shows that it is rate limited, and is connected again by itself', async () => {
  const session = await client.linked(bed.simulator, '491700000002');
  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 1, ratePerMin: 60 });

  await client.sendText(session, to, 'the only token');

  await client.until(session, 'rate_limited');
  await client.until(session, 'connected');
});

test('a session tells how many sends its limit allows at once now', async () => {
  const session = await client.linked(bed.simulator, '491700000012');
  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 3, ratePerMin: 6 });
  const tokens = async () => v.parse(v.number(), (await client.session(session))['tokens']);
  assert.equal(await tokens(), 3);

  await client.sendText(session, to, 'one');

  const left = await tokens();
  assert(left >= 2 && left < 3, `${left} are left`);
});

test('over the limit an async send stays queued and goes out later', async () => {
  const session = await client.linked(bed.simulator, '491700000003');
  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 1, ratePerMin: 120 });
  const texts = ['one', 'two', 'three'];

  for (const text of texts) {
    const answer = await client.call('POST', `/sessions/${session}/messages?async=true`, { to, type: 'text', text });
    assert.equal(answer.status, 202);
  }

  await eventually(() => {
    const delivered = bed.simulator.ledger.deliveries({ to: recipient }).filter(({ from }) => from === '491700000003');
    assert.deepEqual(
      delivered.map(({ text }) => text),
      texts,
    );
  });
});

test('a restart does not refill the bucket', async () => {
  const session = await client.linked(bed.simulator, '491700000004');
  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 1, ratePerMin: 6 });
  assert.equal((await client.sendText(session, to, 'the only token')).status, 200);

  await bed.restart();
  await eventually(async () => {
    const { status } = await client.session(session);
    assert.ok(status === 'connected' || status === 'rate_limited');
  });

  assert.equal((await client.sendText(session, to, 'too many')).status, 429);
});

test('a backlog of async sends does not keep sync sends from going out', async () => {
  const session = await client.linked(bed.simulator, '491700000005');
  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 5, ratePerMin: 600 });
  const path = `/sessions/${session}/messages?async=true`;
  const backlog = Array.from({ length: 1_000 }, (_, index) => ({ to, type: 'text', text: `backlog ${index}` }));
  await Promise.all(backlog.map((body) => client.call('POST', path, body)));

  const statuses = [];
  for (let index = 0; index < 20; index += 1) {
    statuses.push((await client.sendText(session, to, `urgent ${index}`)).status);
    // A quarter of the rate of ten in a second.
    await wait(400);
  }

  const accepted = statuses.filter((status) => status === 200).length;
  assert.ok(accepted >= 19, `${accepted} of 20 were accepted`);
  const queued = bed.simulator.ledger.deliveries({ to: recipient }).filter(({ text }) => text?.startsWith('backlog'));
  assert.ok(queued.length >= 40, `${queued.length} of the backlog went out meanwhile`);
});
