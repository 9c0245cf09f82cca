import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import { verifyAssertion } from '../../simulator/pairing/passkey/assertion.ts';
import { Authenticator, type Misuse } from '../support/authenticator.ts';
import { closeCode, connect, memoryAuth, shownQr } from './support/client.ts';
import { request } from './support/request.ts';
import { startSimulator } from './support/simulator.ts';

const PHONE = '15551234567';
const REQUEST = 'passkey_prologue_request';

/** The next notification of that type. */
function notified(socket: WASocket, type: string): Promise<BinaryNode> {
  return new Promise((resolve) => socket.ws.once(`CB:notification,type:${type}`, resolve));
}

function optionsIn(node: BinaryNode): Record<string, unknown> {
  const [options] = Array.isArray(node.content) ? node.content : [];
  return JSON.parse(Buffer.from(options?.content instanceof Uint8Array ? options.content : []).toString());
}

test('an account with a passkey is asked for it in place of the link, whether scanned or typed', async () => {
  await using simulator = await startSimulator();
  const patched = await request(simulator, 'PATCH', `/phones/${PHONE}`, { passkey: 'required' });
  assert.deepEqual([patched.status, patched.body['passkey'], patched.body['passkeyCode']], [200, 'required', null]);
  const socket = connect(simulator, memoryAuth());
  const asked = notified(socket, REQUEST);

  await simulator.scanQr(await shownQr(socket), PHONE);

  const { attrs, ...node } = await asked;
  const { challenge, ...options } = optionsIn({ attrs, ...node });
  assert.equal(attrs['from'], 's.whatsapp.net');
  assert.match(String(challenge), /^[\w-]{43}$/);
  assert.deepEqual(options, {
    timeout: 600_000,
    rpId: 'whatsapp.com',
    allowCredentials: [],
    userVerification: 'required',
    extensions: { uvm: true },
  });
  assert.deepEqual(
    simulator.connections().map(({ state }) => state),
    ['pairing'],
  );

  const code = await socket.requestPairingCode(PHONE);
  await simulator.ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.children.includes('link_code_companion_reg'),
  );
  const again = notified(socket, REQUEST);
  await simulator.enterPairingCode(code, PHONE);
  assert.notEqual(optionsIn(await again)['challenge'], challenge);
  await socket.end(undefined);
});

test('a registered credential is in the request; a phone that needs no passkey any more is linked at once', async () => {
  await using simulator = await startSimulator();
  const { id, publicKey } = new Authenticator().credential;
  const credential = { id: id.toString('base64url'), publicKey: publicKey.toString('base64url') };
  await request(simulator, 'PATCH', `/phones/${PHONE}`, { passkey: 'required', credential, timeoutMs: 60_000 });
  const socket = connect(simulator, memoryAuth());
  const [restart, asked, qr] = [closeCode(socket), notified(socket, REQUEST), await shownQr(socket)];

  await simulator.scanQr(qr, PHONE);
  const { allowCredentials, timeout } = optionsIn(await asked);
  assert.deepEqual([allowCredentials, timeout], [[{ id: credential.id, type: 'public-key' }], 60_000]);

  assert.equal((await request(simulator, 'PATCH', `/phones/${PHONE}`, { passkey: 'none' })).body['passkey'], 'none');
  assert.equal((await request(simulator, 'PATCH', `/phones/${PHONE}`, { passkey: 'maybe' })).status, 400);
  await simulator.scanQr(qr, PHONE);
  assert.equal(await restart, 515);
});

test('the need for a passkey survives a restart of the simulator', async () => {
  const { credential } = new Authenticator();
  const state = await (async () => {
    await using simulator = await startSimulator();
    simulator.setPasskey(PHONE, { credential });
    return simulator.save();
  })();

  await using simulator = await startSimulator({ state });

  assert.equal(simulator.phone(PHONE).needsPasskey, true);
});

test('a challenge can be answered once, and another one can be asked for', async () => {
  await using simulator = await startSimulator();
  simulator.setPasskey(PHONE, { credential: new Authenticator().credential });
  const socket = connect(simulator, memoryAuth());
  const asked = notified(socket, REQUEST);
  await simulator.scanQr(await shownQr(socket), PHONE);
  await asked;
  const query = (type: string, content: BinaryNode) =>
    socket.query({ tag: 'iq', attrs: { to: 's.whatsapp.net', type, xmlns: 'md' }, content: [content] });
  const wrong = [{ tag: 'webauthn_assertion', attrs: {}, content: Buffer.from('{}') }];
  const answer = () => query('set', { tag: 'passkey_prologue', attrs: {}, content: wrong });

  await assert.rejects(answer(), { data: 401 });
  await assert.rejects(answer(), { data: 410 });

  await query('get', { tag: 'passkey_request_options', attrs: {} });
  await assert.rejects(answer(), { data: 401 });
  await socket.end(undefined);
});

test('an assertion has to be right in every part', () => {
  const authenticator = new Authenticator();
  const { credential } = authenticator;
  const challenge = randomBytes(32);
  const options = { challenge: challenge.toString('base64url'), rpId: 'whatsapp.com' };
  const verify = (assertion: object) =>
    verifyAssertion(Buffer.from(JSON.stringify(assertion)), { challenge, credential });
  const misuses: Record<string, Misuse> = {
    challenge: { challenge: randomBytes(32).toString('base64url') },
    relying: { rpId: 'example.com' },
    present: { flags: 0x04 },
    verified: { flags: 0x01 },
    origin: { origin: 'https://example.com' },
    type: { type: 'webauthn.create' },
  };

  assert.doesNotThrow(() => verify(authenticator.assert(options)));
  for (const [named, misuse] of Object.entries(misuses)) {
    assert.throws(
      () => verify(authenticator.assert(options, misuse)),
      new RegExp(named === 'origin' ? 'https' : named),
    );
  }
  const { response, ...rest } = authenticator.assert(options);
  const { signature } = authenticator.assert({ ...options, challenge: 'other' }).response;
  assert.throws(() => verify({ ...rest, response: { ...response, signature } }), /signature/);
  assert.throws(() => verify(new Authenticator().assert(options)), /another credential/);
});
