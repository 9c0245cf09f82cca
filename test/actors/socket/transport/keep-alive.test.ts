import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createActor, setup } from 'xstate';
import { type Simulator, startSimulator } from '../../../../simulator/simulator.ts';
import { baileysSocket } from '../../../../src/actors/socket/actor.ts';
import type { SocketCommand, SocketEvent } from '../../../../src/actors/socket/port.ts';
import { KeepAlive } from '../../../../src/actors/socket/transport/keep-alive.ts';
import type { Content } from '../../../../src/domain/message.ts';
import { noMetrics } from '../../../../src/domain/metrics.ts';
import type { SessionAddress } from '../../../../src/domain/session.ts';
import { muteConsole } from '../../../../src/logger.ts';
import { credentials } from '../../../../src/store/records/sessions/credentials.ts';

import { eventually } from '../../../support/eventually.ts';
import { CountingClock } from '../../../support/simulated-clock.ts';
import { openMemoryStore } from '../../../support/store/memory-store.ts';

const logger = pino({ level: 'silent' });
muteConsole(logger);

function watched(clock: CountingClock) {
  const seen = { pings: 0, timeouts: 0 };
  const keepAlive = new KeepAlive({
    clock,
    ping: () => {
      seen.pings += 1;
    },
    onTimeout: () => {
      seen.timeouts += 1;
    },
  });
  return { keepAlive, seen };
}

test('a connection that receives frames is not pinged', () => {
  const clock = new CountingClock();
  const { keepAlive, seen } = watched(clock);

  for (let second = 0; second < 300; second += 29) {
    keepAlive.onFrame();
    clock.time.increment(29_000);
  }

  assert.deepEqual(seen, { pings: 0, timeouts: 0 });
});

test('after half a minute without frames a ping is sent, which WhatsApp has ten seconds to answer', () => {
  const clock = new CountingClock();
  const { seen } = watched(clock);

  clock.time.increment(29_999);
  assert.equal(seen.pings, 0);
  clock.time.increment(1);
  assert.equal(seen.pings, 1);
  clock.time.increment(9_999);
  assert.equal(seen.timeouts, 0);
  clock.time.increment(1);

  assert.deepEqual(seen, { pings: 1, timeouts: 1 });
  assert.equal(clock.waiting, 0);
});

test('any frame answers the ping, and the next one is due half a minute later', () => {
  const clock = new CountingClock();
  const { keepAlive, seen } = watched(clock);

  clock.time.increment(30_000);
  clock.time.increment(5_000);
  keepAlive.onFrame();
  clock.time.increment(5_000);
  clock.time.increment(24_999);
  assert.deepEqual(seen, { pings: 1, timeouts: 0 });
  clock.time.increment(1);

  assert.deepEqual(seen, { pings: 2, timeouts: 0 });
});

test('one timer runs for a connection, and none once it is stopped', () => {
  const clock = new CountingClock();
  const { keepAlive } = watched(clock);

  assert.equal(clock.waiting, 1);
  clock.time.increment(45);
  assert.equal(clock.waiting, 1);
  keepAlive.stop();

  assert.equal(clock.waiting, 0);
});

/** A socket actor on a simulated WhatsApp, and all its events. */
async function socketOn(simulator: { url: string }, clock: CountingClock) {
  await using resources = new AsyncDisposableStack();
  const store = resources.use(await openMemoryStore());
  const events: SocketEvent[] = [];
  const socket = baileysSocket({
    ...{
      credentials: credentials(store),
      logger,
      now: Date.now,
      clock,
      readsHistory: false,
      whatsappUrl: simulator.url,
    },
    metrics: noMetrics,
    findMessage: async () => null,
    findForRetry: async () => null,
    journaled: async () => [],
    forgetJournaled: async () => undefined,
    isOnline: async () => false,
    sendTimeoutMs: 30_000,
  });
  const address: SessionAddress = { organization: 'acme', session: 's' };
  const machine = setup({ types: { events: {} as SocketEvent }, actors: { socket } }).createMachine({
    invoke: { id: 'socket', src: 'socket', input: address },
    on: { '*': { actions: ({ event }) => void events.push(event) } },
  });
  const actor = createActor(machine).start();
  resources.defer(() => void actor.stop());
  const send = (command: SocketCommand): void => actor.getSnapshot().children['socket']?.send(command);
  const owned = resources.move();
  return { events, send, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Links a phone, and connects. */
async function connect(socket: Awaited<ReturnType<typeof socketOn>>, simulator: Simulator): Promise<void> {
  const emitted = (type: SocketEvent['type']) =>
    eventually(() => socket.events.find((event) => event.type === type) ?? assert.fail(`no ${type}`));
  socket.send({ type: 'socket.open' });
  const qr = await emitted('socket.qr');
  assert.ok(qr.type === 'socket.qr');
  await simulator.scanQr(qr.code, '491700000001');
  await emitted('socket.closed');
  socket.send({ type: 'socket.open' });
  await emitted('socket.opened');
}

test('a connection on which WhatsApp falls silent is pinged, and then given up as lost', async () => {
  await using simulator = await startSimulator();
  const contact = simulator.addContact({ phone: '6281234567890' });
  const clock = new CountingClock();
  await using socket = await socketOn(simulator, clock);
  await connect(socket, simulator);
  const heard = (tag: string, xmlns?: string) =>
    eventually(() => {
      const stanzas = simulator.ledger.stanzas({ tag, direction: 'in' });
      assert.ok(stanzas.some(({ attrs }) => attrs['xmlns'] === xmlns));
    });

  clock.time.increment(30_000);
  await heard('iq', 'w:p');
  await eventually(() => assert.ok(simulator.ledger.stanzas({ tag: 'iq', direction: 'out' }).length > 0));
  simulator.faults.add({ kind: 'silence', on: 'message', times: 1 });
  const content: Content = { type: 'text', text: 'hello', mentions: [], quoted: null };
  const to = `${contact.phone}@s.whatsapp.net`;
  socket.send({ type: 'socket.send', waMessageId: '3EB0A1B2C3D4E5F60718', to, content, acceptedAt: 0, typingMs: 0 });
  await heard('message');
  const ends = socket.events.length;
  for (let step = 0; step < 5; step += 1) clock.time.increment(10_000);

  await eventually(() => {
    const ended = socket.events.slice(ends).filter(({ type }) => type === 'socket.closed');
    assert.deepEqual(ended, [{ type: 'socket.closed', reason: 'connection_lost' }]);
  });
  assert.equal(clock.waiting, 0);
});
