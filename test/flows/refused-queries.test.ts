import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import * as v from 'valibot';
import { eventually } from '../support/eventually.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

/** A query may take half of it. */
const sendTimeoutMs = 2_000;

const linked = shared(await linkedBed({ settings: { SEND_TIMEOUT_MS: String(sendTimeoutMs) } }));
const { bed, client, session } = linked;
const { simulator } = bed;
const { ledger, faults } = simulator;

const AcceptedSchema = v.looseObject({ outboxId: v.string(), waMessageId: v.string() });

let people = 0;

/** Somebody of whom nothing is known yet, so that a send needs every query. */
function stranger() {
  people += 1;
  return simulator.addContact({ phone: `1555100${1000 + people}`, devices: 1 });
}

beforeEach(() => faults.clear());

async function accepted(to: string, text: string) {
  const { status, body } = await client.call('POST', `/sessions/${session}/messages?async=true`, {
    to,
    type: 'text',
    text,
  });
  assert.equal(status, 202);
  return v.parse(AcceptedSchema, body);
}

async function sent({ outboxId, waMessageId }: v.InferOutput<typeof AcceptedSchema>): Promise<void> {
  await eventually(async () => {
    const { status, error } = await client.outbox(session, outboxId);
    assert.ok(['sent', 'delivered', 'read'].includes(status), `${status} ${error?.code}`);
  });
  const { attempts, waMessageId: id } = await client.outbox(session, outboxId);
  assert.deepEqual([attempts, id], [1, waMessageId]);
  assert.equal(ledger.stanzas({ id: waMessageId, tag: 'message', direction: 'in' }).length, 1);
}

const passing = [
  ['usync', { code: 429 }],
  ['usync', { silent: true }],
  ['encrypt', { code: 500 }],
  ['encrypt', { code: 503 }],
  ['encrypt', { silent: true }],
] as const;

for (const [xmlns, refusal] of passing) {
  test(`a queued send whose ${xmlns} query gets ${JSON.stringify(refusal)} is sent later, once, in its place`, async () => {
    const [first, second] = [stranger(), stranger()];
    const fault = faults.add({ kind: 'query-error', xmlns, times: 1, ...refusal });
    const sends = [await accepted(first.jid, 'one'), await accepted(second.jid, 'two')];
    for (const send of sends) await sent(send);
    assert.equal(fault.hits, 1);
    const order = ledger.stanzas({ tag: 'message', direction: 'in' }).map(({ id }) => id);
    assert.ok(order.indexOf(sends[0]?.waMessageId) < order.indexOf(sends[1]?.waMessageId));
  });
}

test('a queued send to a group survives refused and unanswered queries for its members', async () => {
  const ada = stranger();
  const group = simulator.addGroup({ subject: 'Choir', participants: [ada.phone, own] });
  for (const refusal of [{ code: 429 }, { silent: true }]) {
    await client.call('POST', `/sessions/${session}:stop`);
    await client.call('POST', `/sessions/${session}:start`);
    await client.until(session, 'connected');
    faults.add({ kind: 'query-error', xmlns: 'w:g2', times: 1, ...refusal });
    await sent(await accepted(group.jid, 'to all'));
    faults.clear();
  }
});

test('a synchronous send is refused with 503 for now, and its idempotency key sends the message later', async () => {
  for (const refusal of [{ code: 503 }, { silent: true }]) {
    const ada = stranger();
    const fault = faults.add({ kind: 'query-error', xmlns: 'usync', times: 1, ...refusal });
    const body = { to: ada.jid, type: 'text', text: 'now' };
    const send = () =>
      client.call('POST', `/sessions/${session}/messages`, body, {
        'idempotency-key': `key-${'code' in refusal}`,
      });
    const refused = await send();
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.match(JSON.stringify(refused.body), /"reason":"query_refused"/);
    assert.equal(fault.hits, 1);
    const answer = await send();
    assert.equal(answer.status, 200);
    assert.equal(v.parse(v.looseObject({ replayed: v.boolean() }), answer.body).replayed, false);
    await eventually(() => assert.equal(ledger.visible({ to: ada.phone }).length, 1));
  }
});

for (const code of [400, 403, 404, 406]) {
  test(`a query that is refused with ${code} fails the send for good`, async () => {
    faults.add({ kind: 'query-error', xmlns: 'usync', code });
    const { outboxId } = await accepted(stranger().jid, 'never');
    await eventually(async () => {
      const { status, error } = await client.outbox(session, outboxId);
      assert.deepEqual([status, error?.code], ['failed', String(code)]);
    });
  });
}
