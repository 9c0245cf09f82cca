import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { eventually } from '../support/eventually.ts';
import { linkedBed, shared } from '../support/gateway/linked-bed.ts';

/** A query may take half of it. */
const { bed, client, session } = shared(await linkedBed({ settings: { SEND_TIMEOUT_MS: '2000' } }));
const { simulator } = bed;

const AcceptedSchema = v.looseObject({ outboxId: v.string() });

let people = 0;

/**
 * Somebody whose number people write in another way than WhatsApp, so that it is looked up when no devices are found
 * under it; this look-up is not answered.
 */
function unanswered() {
  people += 1;
  const written = `551195550000${people}`;
  const maria = simulator.addContact({ phone: `55115555000${people}`, aliases: [written], devices: 1 });
  const fault = simulator.faults.add({ kind: 'query-error', xmlns: 'usync', silent: true, nth: 2 });
  return { maria, fault, body: { to: `${written}@s.whatsapp.net`, type: 'text', text: 'olá' } };
}

test('a queued send whose look-up WhatsApp does not answer is sent when it does; it is to no unknown recipient', async () => {
  const { maria, fault, body } = unanswered();

  const accepted = await client.call('POST', `/sessions/${session}/messages?async=true`, body);

  const { outboxId } = v.parse(AcceptedSchema, accepted.body);
  await simulator.ledger.waitForDelivery({ to: maria.phone });
  await eventually(async () => {
    const { status, attempts, error } = await client.outbox(session, outboxId);
    assert.deepEqual([status, attempts, error ?? null], ['read', 1, null]);
  });
  assert.equal(fault.hits, 1);
});

test('a synchronous send whose look-up WhatsApp does not answer is refused for now, and its key sends it later', async () => {
  const { maria, fault, body } = unanswered();
  const send = () => client.call('POST', `/sessions/${session}/messages`, body, { 'idempotency-key': 'looked-up' });

  const refused = await send();

  assert.equal(refused.status, 503);
  assert.match(JSON.stringify(refused.body), /"reason":"query_refused"/);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal(fault.hits, 1);
  const sent = await send();
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
  await simulator.ledger.waitForDelivery({ id: v.parse(SendResultSchema, sent.body).waMessageId, to: maria.phone });
  assert.equal(simulator.ledger.visible({ to: maria.phone }).length, 1);
});
