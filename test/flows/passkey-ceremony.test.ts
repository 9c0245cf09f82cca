import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { loggerTo } from '../../src/logger.ts';
import { SseClient } from '../http/support/sse.ts';
import { Authenticator } from '../support/authenticator.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/gateway/client.ts';
import { to } from '../support/gateway/environment.ts';
import { inspectAddress, receive } from '../support/gateway/inspector.ts';
import { contactBed, shared } from '../support/gateway/linked-bed.ts';

/** For so long the phone recognizes the device whose code it accepted, and shows no code to compare. */
const handoffMs = 300_000;

const lines: string[] = [];
let skewMs = 0;
const { bed, client } = shared(
  await contactBed({
    log: loggerTo({ write: (line: string) => lines.push(line) }, 'trace'),
    gateway: { now: () => Date.now() + skewMs },
  }),
);
const { simulator } = bed;

const Asked = v.object({
  stage: v.string(),
  publicKey: v.nullable(v.looseObject({ challenge: v.string(), rpId: v.string() })),
  code: v.nullable(v.string()),
  expiresAt: v.number(),
});
const Refused = v.looseObject({
  error: v.looseObject({ details: v.looseObject({ reason: v.exactOptional(v.string()) }) }),
});
const LinkCode = v.looseObject({ code: v.string() });

function passkeyOf(session: string): Promise<Answer> {
  return client.call('GET', `/sessions/${session}/passkey`);
}

function submit(session: string, assertion: unknown): Promise<Answer> {
  return client.call('POST', `/sessions/${session}/passkey`, assertion);
}

function confirm(session: string): Promise<Answer> {
  return client.call('POST', `/sessions/${session}/passkey/confirm`);
}

function refusal({ status, body }: Answer): [number, string | undefined] {
  return [status, v.parse(Refused, body).error.details.reason];
}

/** What is to be signed, as soon as it is asked for. */
async function asked(session: string) {
  const { publicKey, expiresAt } = await eventually(async () => v.parse(Asked, (await passkeyOf(session)).body));
  assert.ok(publicKey !== null);
  return { options: publicKey, expiresAt };
}

/** A session whose code was accepted by a phone with this passkey. */
async function scanned(phone: string, authenticator: Authenticator): Promise<string> {
  simulator.setPasskey(phone, { credential: authenticator.credential });
  const { id } = await client.created();
  await simulator.scanQr(await client.qr(id), phone);
  return id;
}

test('a number is linked with its passkey, and can send', async () => {
  const [phone, authenticator] = ['491700000001', new Authenticator()];
  const session = await scanned(phone, authenticator);
  const { options, expiresAt } = await asked(session);
  assert.deepEqual(
    { ...options, challenge: '' },
    {
      challenge: '',
      rpId: 'whatsapp.com',
      timeout: 600_000,
      allowCredentials: [{ id: authenticator.id.toString('base64url'), type: 'public-key' }],
      userVerification: 'required',
      extensions: { uvm: true },
    },
  );
  assert.ok(expiresAt > Date.now() && expiresAt <= Date.now() + 600_000);

  const answer = await submit(session, authenticator.assert(options));

  assert.deepEqual([answer.status, v.parse(Asked, answer.body).stage], [200, 'waiting']);
  const linked = await client.until(session, 'connected');
  assert.deepEqual([linked['phoneNumber'], linked.reason, simulator.phone(phone).passkeyCode], [phone, null, null]);
  assert.equal((await client.sendText(session, to, 'hello')).status, 200);
  assert.deepEqual(refusal(await passkeyOf(session)), [409, 'passkey_not_requested']);
});

test('the same after a pairing code', async () => {
  const [phone, authenticator] = ['491700000002', new Authenticator()];
  simulator.setPasskey(phone, { credential: authenticator.credential });
  const { id } = await client.created();
  const pairing = await client.call('POST', `/sessions/${id}/pairing-code`, { phone });
  await simulator.enterPairingCode(v.parse(LinkCode, pairing.body).code, phone);

  await submit(id, authenticator.assert((await asked(id)).options));

  assert.equal((await client.until(id, 'connected'))['phoneNumber'], phone);
});

test('WhatsApp refuses a wrong signature and a user who was not verified; a new challenge can be signed', async () => {
  const [phone, authenticator] = ['491700000003', new Authenticator()];
  const session = await scanned(phone, authenticator);
  const first = (await asked(session)).options;
  const { response, ...credential } = authenticator.assert(first);
  const { signature } = authenticator.assert({ ...first, challenge: 'another' }).response;

  assert.deepEqual(refusal(await submit(session, { ...credential, response: { ...response, signature } })), [
    502,
    'passkey_refused',
  ]);
  const second = (await asked(session)).options;
  assert.notEqual(second.challenge, first.challenge);
  assert.deepEqual(refusal(await submit(session, authenticator.assert(second, { flags: 0x01 }))), [
    502,
    'passkey_refused',
  ]);
  await submit(session, authenticator.assert((await asked(session)).options));

  await client.until(session, 'connected');
});

test('what cannot be right is 400, and WhatsApp is not asked', async () => {
  const [phone, authenticator] = ['491700000004', new Authenticator()];
  const session = await scanned(phone, authenticator);
  const { options } = await asked(session);
  const good = authenticator.assert(options);

  for (const misuse of [{ challenge: 'b3RoZXI' }, { origin: 'https://example.org' }, { type: 'webauthn.create' }]) {
    assert.deepEqual(refusal(await submit(session, authenticator.assert(options, misuse))), [400, 'passkey_invalid']);
  }
  const { signature: _, ...unsigned } = good.response;
  for (const malformed of [undefined, {}, { ...good, id: 'not base64url!' }, { ...good, response: unsigned }]) {
    assert.equal((await submit(session, malformed)).status, 400);
  }
  const refs = simulator.ledger.stanzas({ tag: 'iq', direction: 'in' }).filter(({ children }) => children[0] === 'ref');
  await submit(session, good);
  await client.until(session, 'connected');
  const after = simulator.ledger
    .stanzas({ tag: 'iq', direction: 'in' })
    .filter(({ children }) => children[0] === 'ref');
  assert.equal(after.length, refs.length + 1);
});

test('nothing is asked for before a phone has accepted a code, nor once nobody waits', async () => {
  const [phone, authenticator] = ['491700000005', new Authenticator()];
  const { id } = await client.created();
  assert.deepEqual(refusal(await passkeyOf(id)), [409, 'passkey_not_requested']);
  await client.qr(id);
  assert.deepEqual(refusal(await passkeyOf(id)), [409, 'passkey_not_requested']);
  assert.deepEqual(refusal(await confirm(id)), [409, 'passkey_not_requested']);

  simulator.setPasskey(phone, { credential: authenticator.credential, timeoutMs: 500 });
  await simulator.scanQr(await client.qr(id), phone);
  const { options } = await asked(id);
  await client.until(id, 'stopped');

  assert.deepEqual(refusal(await submit(id, authenticator.assert(options))), [409, 'passkey_not_requested']);
});

test('late, the person compares a code; its secrets are in the event for managers, and in no log line or frame', async () => {
  const [phone, authenticator] = ['491700000006', new Authenticator()];
  const reader = await bed.client({ capabilities: ['read'] });
  const streams = await Promise.all(
    [client, reader].map(({ token }) =>
      SseClient.open(`${bed.gateway.url}/api/v1/events`, { authorization: `Bearer ${token}` }),
    ),
  );
  await using _streams = {
    [Symbol.asyncDispose]: async () => void (await Promise.all(streams.map((s) => s[Symbol.asyncDispose]()))),
  };
  const session = await scanned(phone, authenticator);
  const frames = receive(await inspectAddress(bed.gateway.url, client, session));
  const { options } = await asked(session);
  assert.deepEqual(refusal(await confirm(session)), [409, 'passkey_stage']);
  skewMs += handoffMs;

  const assertion = authenticator.assert(options);
  await submit(session, assertion);
  const { code } = await eventually(async () => {
    const shown = v.parse(Asked, (await passkeyOf(session)).body);
    assert.equal(shown.stage, 'confirmation');
    return shown;
  });
  assert.equal(code?.replace('-', ''), simulator.phone(phone).passkeyCode);
  assert.match(code ?? '', /^[1-9A-Z]{4}-[1-9A-Z]{4}$/);
  assert.deepEqual(refusal(await submit(session, assertion)), [409, 'passkey_stage']);
  assert.equal((await confirm(session)).status, 200);
  await client.until(session, 'connected');

  const [managers, readers] = streams;
  await managers?.untilThat(() => managers.events.some(({ data = '' }) => data.includes(code ?? '')));
  assert.ok(
    managers?.events.some(({ event, data = '' }) => event === 'auth.passkey' && data.includes(options.challenge)),
  );
  assert.ok(!readers?.events.some(({ event }) => event === 'auth.passkey'));
  await eventually(() => assert.match(JSON.stringify(frames), /"passkeyStage":"confirmation"/));
  const seen = `${lines.join('')}${JSON.stringify(frames)}`;
  assert.match(seen, /"passkey_required"/);
  for (const secret of [
    options.challenge,
    assertion.response.signature,
    assertion.response.clientDataJSON,
    code ?? '',
  ]) {
    assert.ok(!seen.includes(secret) && !seen.includes(secret.replace('-', '')));
  }
});

test('a session that is interrupted while it waits begins anew, and another number can be linked', async () => {
  const [phone, authenticator] = ['491700000007', new Authenticator()];
  const session = await scanned(phone, authenticator);
  const { options } = await asked(session);

  await bed.restart();

  assert.deepEqual(refusal(await submit(session, authenticator.assert(options))), [409, 'passkey_not_requested']);
  const { status, reason } = await client.session(session);
  assert.deepEqual([status, reason], ['pairing', null]);
  await simulator.scanQr(await client.qr(session), '491700000008');
  assert.equal((await client.until(session, 'connected'))['phoneNumber'], '491700000008');
});
