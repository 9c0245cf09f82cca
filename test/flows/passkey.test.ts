import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import { contactBed, shared } from '../support/gateway/linked-bed.ts';

const { bed, client } = shared(await contactBed());
const { ledger } = bed.simulator;

const Refused = v.looseObject({
  error: v.looseObject({ code: v.string(), details: v.looseObject({ reason: v.string() }) }),
});
const LinkCode = v.looseObject({ code: v.string() });
const Event = v.looseObject({ event: v.string(), session: v.string(), payload: v.looseObject({}) });

/** The status of an answer, and the reason of its refusal. */
function refusal({ status, body }: { status: number; body: unknown }): [number, string] {
  return [status, v.parse(Refused, body).error.details.reason];
}

async function created(): Promise<string> {
  return (await client.created()).id;
}

function untilReason(session: string, reason: string): Promise<unknown> {
  return eventually(async () => assert.equal((await client.session(session)).reason, reason));
}

/** The last passkey request has been confirmed. */
async function untilAcknowledged(): Promise<void> {
  const [asked] = ledger
    .stanzas({ tag: 'notification', direction: 'out' })
    .filter(({ attrs }) => attrs['type'] === 'passkey_prologue_request')
    .slice(-1);
  await ledger.waitFor(
    (entry) =>
      entry.kind === 'stanza' && entry.direction === 'in' && entry.tag === 'ack' && entry.id === asked?.attrs['id'],
  );
}

test('a scan that needs a passkey is told as the reason, and shows no further QR code', async () => {
  const [session, phone] = [await created(), '491700000001'];
  bed.simulator.setPasskey(phone, {});
  await using events = await SseClient.open(`${bed.gateway.url}/api/v1/events?session=${session}`, {
    authorization: `Bearer ${client.token}`,
  });

  await bed.simulator.scanQr(await client.qr(session), phone);

  await untilReason(session, 'passkey_required');
  assert.equal((await client.session(session)).status, 'pairing');
  await untilAcknowledged();
  assert.deepEqual(refusal(await client.call('GET', `/sessions/${session}/qr`)), [409, 'passkey_required']);
  const pairing = await client.call('POST', `/sessions/${session}/pairing-code`, { phone });
  assert.deepEqual(refusal(pairing), [409, 'passkey_required']);
  const seen = () => events.events.map(({ data = '' }) => v.parse(Event, JSON.parse(data)));
  await events.untilThat(() => seen().some(({ payload }) => payload['reason'] === 'passkey_required'));
  assert.equal(seen().filter(({ event }) => event === 'auth.qr').length, 1);
});

test('after a passkey that nobody gives another number can be linked, by the same session', async () => {
  const session = await created();
  bed.simulator.setPasskey('491700000002', { timeoutMs: 300 });

  await bed.simulator.scanQr(await client.qr(session), '491700000002');
  const { reason } = await client.until(session, 'stopped');
  assert.equal(reason, 'passkey_required');
  await bed.simulator.scanQr(await client.qr(session), '491700000003');

  const linked = await client.until(session, 'connected');
  assert.deepEqual([linked['phoneNumber'], linked.reason], ['491700000003', null]);
});

test('the same with a pairing code; a session that is stopped and started again begins anew', async () => {
  const [session, phone] = [await created(), '491700000004'];
  bed.simulator.setPasskey(phone, {});
  const answer = await client.call('POST', `/sessions/${session}/pairing-code`, { phone });

  await bed.simulator.enterPairingCode(v.parse(LinkCode, answer.body).code, phone);
  await untilReason(session, 'passkey_required');
  await untilAcknowledged();
  await client.call('POST', `/sessions/${session}:stop`);
  assert.deepEqual([(await client.session(session)).status, (await client.session(session)).reason], ['stopped', null]);

  await bed.simulator.scanQr(await client.qr(session), '491700000005');
  await client.until(session, 'connected');
});
