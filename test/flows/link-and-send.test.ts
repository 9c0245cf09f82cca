import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { contactBed, shared } from '../support/gateway/linked-bed.ts';

const LinkCodeSchema = v.strictObject({
  code: v.pipe(v.string(), v.regex(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/)),
  expiresAt: v.number(),
});

const { bed } = shared(await contactBed());

test('a number linked by QR sends a text that every device of the recipient decrypts under the id of the 200', async () => {
  const client = await bed.client();
  const session = await client.linked(bed.simulator, '491700000001');

  const answer = await client.sendText(session, to, 'hello, world');

  assert.equal(answer.status, 200);
  const result = v.parse(SendResultSchema, answer.body);
  assert.equal(result.status, 'sent');
  assert.equal(result.mode, 'sync');
  assert.equal(result.replayed, false);
  await bed.simulator.ledger.waitFor(
    () => bed.simulator.ledger.deliveries({ to: recipient, id: result.waMessageId }).length === 2,
  );
  const deliveries = bed.simulator.ledger.deliveries({ to: recipient, id: result.waMessageId });
  assert.deepEqual(
    deliveries.toSorted((a, b) => a.device - b.device).map(({ text, device }) => [text, device]),
    [
      ['hello, world', 0],
      ['hello, world', 1],
    ],
  );
});

test('a number linked by a pairing code sends too', async () => {
  const client = await bed.client();
  const created = await client.call('POST', '/sessions', {});
  const { id } = v.parse(v.looseObject({ id: v.string() }), created.body);
  const phone = '491700000002';

  const answer = await client.call('POST', `/sessions/${id}/pairing-code`, { phone });
  const { code } = v.parse(LinkCodeSchema, answer.body);
  await bed.simulator.enterPairingCode(code, phone);
  await client.until(id, 'connected');

  assert.equal((await client.sendText(id, to, 'by code')).status, 200);
});

test('an attempt to link by code that was abandoned does not spoil the next one', async () => {
  const client = await bed.client();
  const created = await client.call('POST', '/sessions', {});
  const { id } = v.parse(v.looseObject({ id: v.string() }), created.body);
  await client.call('POST', `/sessions/${id}/pairing-code`, { phone: '491700000003' });
  await client.call('POST', `/sessions/${id}:stop`);

  await bed.simulator.scanQr(await client.qr(id), '491700000004');
  const session = await client.until(id, 'connected');

  assert.equal(session['phoneNumber'], '491700000004');
});

test('a recipient without a device is a 502 that says so, and not a 200', async () => {
  const client = await bed.client();
  const session = await client.linked(bed.simulator, '491700000005');

  const answer = await client.sendText(session, '6289999999999@s.whatsapp.net', 'anybody there?');

  assert.equal(answer.status, 502);
  const details = v.parse(v.looseObject({ error: v.looseObject({ details: v.looseObject({}) }) }), answer.body);
  assert.equal(details.error.details['whatsappCode'], 'recipient_unknown');
});

test('concurrent sends of one session go out one at a time and all arrive', async () => {
  const client = await bed.client();
  const session = await client.linked(bed.simulator, '491700000006');

  const texts = Array.from({ length: 20 }, (_, index) => `number ${index}`);
  const answers = await Promise.all(texts.map((text) => client.sendText(session, to, text)));

  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const ids = answers.map(({ body }) => v.parse(SendResultSchema, body).waMessageId);
  assert.equal(new Set(ids).size, texts.length);
  for (const id of ids) {
    assert.equal(bed.simulator.ledger.stanzas({ id, tag: 'message', direction: 'in' }).length, 1, `stanzas of ${id}`);
  }
});
