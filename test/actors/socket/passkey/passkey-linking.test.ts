import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PasskeyLinking } from '../../../../src/actors/socket/passkey/passkey-linking.ts';
import type { SocketEvent } from '../../../../src/actors/socket/port.ts';
import { connect, memoryAuth, shownQr } from '../../../simulator/support/client.ts';
import { startSimulator } from '../../../simulator/support/simulator.ts';

const phone = '15551234567';
/** WhatsApp issues so many for each attempt. */
const codes = 6;

/** A socket that shows each QR code for a moment only, and what becomes of its codes. */
async function linking() {
  const simulator = await startSimulator();
  const socket = connect(simulator, memoryAuth(), { qrTimeout: 20 });
  const events: SocketEvent[] = [];
  const passkey = new PasskeyLinking(socket, {
    emit: (event) => events.push(event),
    fail: (_, error) => assert.fail(String(error)),
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
  return { simulator, socket, events, fates, until, [Symbol.asyncDispose]: end };
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
