import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PasskeyLinking } from '../../../../src/actors/socket/passkey/passkey-linking.ts';
import type { SocketEvent } from '../../../../src/actors/socket/port.ts';
import { connect, memoryAuth, shownQr } from '../../../simulator/support/client.ts';
import { startSimulator } from '../../../simulator/support/simulator.ts';
import { Authenticator } from '../../../support/authenticator.ts';
import { eventually } from '../../../support/eventually.ts';

const phone = '15551234567';
/** WhatsApp issues so many for each attempt. */
const codes = 6;

/** A socket that shows each QR code for a moment only, and what becomes of its codes. */
async function linking() {
  const simulator = await startSimulator();
  const socket = connect(simulator, memoryAuth(), { qrTimeout: 20 });
  const events: SocketEvent[] = [];
  const failures: string[] = [];
  const passkey = new PasskeyLinking(socket, {
    emit: (event) => events.push(event),
    fail: (reason) => failures.push(reason),
    guarded: (run) => run,
    save: () => Promise.resolve(),
    now: () => 1_000,
  });
  const fates: string[] = [];
  socket.ev.on('connection.update', ({ qr }) => {
    if (qr !== undefined) fates.push(passkey.takes(qr));
  });
  const until = (fate: string): Promise<void> =>
    new Promise((resolve) =>
      socket.ev.on('connection.update', () => {
        if (fates.at(-1) === fate) resolve();
      }),
    );
  const end = async () => {
    await socket.end(undefined);
    await simulator.close();
  };
  return { simulator, socket, events, failures, passkey, fates, until, [Symbol.asyncDispose]: end };
}

test('WhatsApp issues six QR codes, and is then found to have no more', async () => {
  await using bed = await linking();

  await bed.until('exhausted');

  assert.deepEqual(bed.fates, [...Array(codes).fill('shown'), 'exhausted']);
});

test('once a passkey is asked for no QR code is shown, and the connection outlasts all of them', async () => {
  await using bed = await linking();
  bed.simulator.setPasskey(phone, { timeoutMs: 60_000 });

  await bed.simulator.scanQr(await shownQr(bed.socket), phone);
  await bed.until('dropped');
  while (bed.fates.length <= codes) await bed.until('dropped');

  const [request, ...others] = bed.events;
  assert.deepEqual(others, []);
  assert.ok(request?.type === 'socket.passkey');
  assert.deepEqual([request.options.rpId, request.expiresAt], ['whatsapp.com', 61_000]);
  assert.equal(bed.simulator.connections().length, 1);
});

/** The next event of that type, from now on. */
async function next<T extends SocketEvent['type']>(events: readonly SocketEvent[], type: T) {
  const from = events.length;
  return eventually(() => {
    const event = events.slice(from).find((each) => each.type === type);
    assert.ok(event !== undefined);
    return event;
  });
}

test('a request that comes without its challenge is asked for it', async () => {
  await using bed = await linking();
  bed.simulator.setPasskey(phone, {});
  await bed.simulator.scanQr(await shownQr(bed.socket), phone);
  const first = await eventually(() => bed.events[0] ?? assert.fail());
  const second = next(bed.events, 'socket.passkey');

  const attrs = { from: 's.whatsapp.net', type: 'passkey_prologue_request', id: '1' };
  bed.socket.ws.emit('CB:notification,type:passkey_prologue_request', { tag: 'notification', attrs });

  assert.notDeepEqual(await second, first);
  assert.deepEqual(bed.failures, []);
});

test("the phone's part of the exchange ends the attempt when it cannot be read, and is ignored before there is one", async () => {
  await using bed = await linking();
  const authenticator = new Authenticator();
  bed.simulator.setPasskey(phone, { credential: authenticator.credential });
  await bed.simulator.scanQr(await shownQr(bed.socket), phone);
  const request = await eventually(() => bed.events[0] ?? assert.fail());
  assert.ok(request.type === 'socket.passkey');
  const content = [{ tag: 'primary_ephemeral_identity', attrs: {}, content: Buffer.from('0a0101', 'hex') }];
  const attrs = { from: 's.whatsapp.net', type: 'crsc_continuation', id: '1' };
  const malformed = () =>
    bed.socket.ws.emit('CB:notification,type:crsc_continuation', { tag: 'notification', attrs, content });

  malformed();
  const answered = next(bed.events, 'socket.passkeyAnswered');
  bed.passkey.assert(authenticator.assert(request.options));
  assert.deepEqual([await answered, bed.failures], [{ type: 'socket.passkeyAnswered', refusal: null }, []]);
  malformed();

  await eventually(() => assert.deepEqual(bed.failures, ['passkey_failed']));
});
