import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { to } from '../support/gateway/environment.ts';
import { contactBed, shared } from '../support/gateway/linked-bed.ts';

let phones = 491_700_000_000;

const { bed, client } = shared(await contactBed({ settings: { SEND_TIMEOUT_MS: '15000' } }));

afterEach(() => bed.simulator.faults.clear());

function newPhone(): string {
  phones += 1;
  return String(phones);
}

/** Logins of an account that WhatsApp accepted. */
function logins(phone: string): number {
  return bed.simulator.ledger.entries.filter(
    (entry) => entry.kind === 'connection' && entry.event === 'open' && entry.account === phone,
  ).length;
}

const passing = { 'a reset': 'reset', 'a close': 'close' } as const;

for (const [name, how] of Object.entries(passing)) {
  test(`the session comes back by itself after ${name}, and a send that waited goes out`, async () => {
    const phone = newPhone();
    const session = await client.linked(bed.simulator, phone);

    bed.simulator.disconnect(phone, how);
    await bed.simulator.ledger.waitFor(
      (entry) => entry.kind === 'connection' && entry.event === 'closed' && entry.account === phone,
    );
    const answer = await client.sendText(session, to, 'waiting for the line');

    assert.equal(answer.status, 200);
    assert.equal(logins(phone), 2);
  });
}

for (const code of [500, 503, 515] as const) {
  test(`the session comes back by itself after stream error ${code}`, async () => {
    const phone = newPhone();
    const session = await client.linked(bed.simulator, phone);

    bed.simulator.disconnect(phone, { streamError: code });

    await eventually(() => assert.equal(logins(phone), 2));
    await client.until(session, 'connected');
    assert.equal((await client.sendText(session, to, `after ${code}`)).status, 200);
  });
}

test('a session that is backing off says why and when it tries again', async () => {
  const phone = newPhone();
  const session = await client.linked(bed.simulator, phone);
  bed.simulator.faults.add({ kind: 'login-failure', code: 503, account: phone });

  bed.simulator.disconnect(phone, 'reset');

  await eventually(async () => {
    const body = await client.session(session);
    assert.equal(body.status, 'connecting');
    assert.equal(body.reason, 'service_unavailable');
    assert.equal(typeof body['nextAttemptAt'], 'number');
  });
});

test('a session whose number is used elsewhere fails and does not fight for it', async () => {
  const phone = newPhone();
  const session = await client.linked(bed.simulator, phone);

  bed.simulator.disconnect(phone, { streamError: 440 });

  assert.equal((await client.until(session, 'failed')).reason, 'replaced');
  assert.equal(logins(phone), 1);
});

test('a session that the phone unlinks is logged out, forgets its credentials and can be linked anew', async () => {
  const phone = newPhone();
  const session = await client.linked(bed.simulator, phone);

  bed.simulator.unlink(phone);

  const body = await client.until(session, 'logged_out');
  assert.equal(body.reason, 'logged_out');
  assert.equal(body['phoneNumber'], null);
  await bed.simulator.scanQr(await client.qr(session), newPhone());
  await client.until(session, 'connected');
});

test('an HTTP error instead of the upgrade is a failed connection, not a hang', async () => {
  const phone = newPhone();
  const session = await client.linked(bed.simulator, phone);
  bed.simulator.faults.add({ kind: 'upgrade-error', status: 502, times: 1 });

  bed.simulator.disconnect(phone, 'reset');

  await eventually(() => assert.equal(logins(phone), 2));
  await client.until(session, 'connected');
});

test('a server that asks for a restart again and again is not obliged in a storm', async () => {
  const phone = newPhone();
  const session = await client.linked(bed.simulator, phone);
  bed.simulator.faults.add({ kind: 'stream-error', code: 515, on: 'login', account: phone });
  const attempts = () =>
    bed.simulator.ledger.entries.filter((e) => e.kind === 'fault' && e.rule === 'stream-error').length;

  bed.simulator.disconnect(phone, { streamError: 515 });
  await eventually(async () => assert.equal(typeof (await client.session(session))['nextAttemptAt'], 'number'));

  const before = attempts();
  await eventually(() => assert.ok(attempts() > before));
  assert.ok(attempts() <= 8, `${attempts()} attempts already`);
});

test('a refusal of a repeated send does not say that the first attempt did not arrive', async () => {
  const phone = newPhone();
  const session = await client.linked(bed.simulator, phone);
  bed.simulator.faults.add({ kind: 'reset', on: 'message', account: phone, times: 1 });
  bed.simulator.faults.add({ kind: 'error-ack', code: 479, account: phone, times: 1 });

  const answer = await client.sendText(session, to, 'arrived at first');

  // A receipt of the first attempt settles it as sent; without one its outcome is unknown. It is never a refusal.
  assert.ok(answer.status === 200 || answer.status === 504, `was ${answer.status}`);
});
