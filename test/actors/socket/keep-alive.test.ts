import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createActor, setup } from 'xstate';
import { type Simulator, startSimulator } from '../../../simulator/simulator.ts';
import { baileysSocket } from '../../../src/actors/socket/actor.ts';
import { KeepAlive } from '../../../src/actors/socket/keep-alive.ts';
import type { SocketCommand, SocketEvent } from '../../../src/actors/socket/port.ts';
import type { Content } from '../../../src/domain/message.ts';
import { noMetrics } from '../../../src/domain/metrics.ts';
import type { SessionAddress } from '../../../src/domain/session.ts';
import { muteConsole } from '../../../src/logger.ts';
import { credentials } from '../../../src/store/records/credentials.ts';

import { eventually } from '../../support/eventually.ts';
import { CountingClock } from '../../support/simulated-clock.ts';
import { openMemoryStore } from '../../support/store/memory-store.ts';

const logger = pino({ level: 'silent' });
muteConsole(logger);

function watched(clock: CountingClock) {
  const seen = { pings: 0, silences: 0 };
  const liveness = new KeepAlive({
    clock,
    ping: () => {
      seen.pings += 1;
    },
    onSilence: () => {
      seen.silences += 1;
    },
  });
  return { liveness, seen };
}

test('a connection on which something comes in is not asked for a sign of life', () => {
  const clock = new CountingClock();
  const { liveness, seen } = watched(clock);

  for (let second = 0; second < 300; second += 29) {
    liveness.heard();
    clock.time.increment(29_000);
  }

  assert.deepEqual(seen, { pings: 0, silences: 0 });
});

test('after half a minute of quiet WhatsApp is asked, and has ten seconds to answer', () => {
  const clock = new CountingClock();
  const { seen } = watched(clock);

  clock.time.increment(29_999);
  assert.equal(seen.pings, 0);
  clock.time.increment(1);
  assert.equal(seen.pings, 1);
  clock.time.increment(9_999);
  assert.equal(seen.silences, 0);
  clock.time.increment(1);

  assert.deepEqual(seen, { pings: 1, silences: 1 });
  assert.equal(clock.waiting, 0);
});

test('any frame answers, and the quiet is counted from it', () => {
  const clock = new CountingClock();
  const { liveness, seen } = watched(clock);

  clock.time.increment(30_000);
  clock.time.increment(5_000);
  liveness.heard();
  clock.time.increment(5_000);
  clock.time.increment(24_999);
  assert.deepEqual(seen, { pings: 1, silences: 0 });
  clock.time.increment(1);

  assert.deepEqual(seen, { pings: 2, silences: 0 });
});

test('one timer runs for a connection, and none once it is stopped', () => {
  const clock = new CountingClock();
  const { liveness } = watched(clock);

  assert.equal(clock.waiting, 1);
  clock.time.increment(45);
  assert.equal(clock.waiting, 1);
  liveness.stop();

  assert.equal(clock.waiting, 0);
});

/** A socket actor on a simulated WhatsApp, and everything that it tells. */
async function socketOn(simulator: { url: string }, clock: CountingClock) {
  await using resources = new AsyncDisposableStack();
  const store = resources.use(await openMemoryStore());
  const facts: SocketEvent[] = [];
  const socket = baileysSocket({
    ...{ credentials: credentials(store), logger, now: Date.now, clock, whatsappUrl: simulator.url },
    metrics: noMetrics,
    findMessage: async () => null,
    findForRetry: async () => null,
  });
  const address: SessionAddress = { organization: 'acme', session: 's' };
  const machine = setup({ types: { events: {} as SocketEvent }, actors: { socket } }).createMachine({
    invoke: { id: 'socket', src: 'socket', input: address },
    on: { '*': { actions: ({ event }) => void facts.push(event) } },
  });
  const actor = createActor(machine).start();
  resources.defer(() => void actor.stop());
  const send = (command: SocketCommand): void => actor.getSnapshot().children['socket']?.send(command);
  const owned = resources.move();
  return { facts, send, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Links a phone, and connects. */
async function connect(socket: Awaited<ReturnType<typeof socketOn>>, simulator: Simulator): Promise<void> {
  const told = (type: SocketEvent['type']) =>
    eventually(() => socket.facts.find((fact) => fact.type === type) ?? assert.fail(`no ${type}`));
  socket.send({ type: 'socket.open' });
  const qr = await told('socket.qr');
  assert.ok(qr.type === 'socket.qr');
  await simulator.scanQr(qr.code, '491700000001');
  await told('socket.closed');
  socket.send({ type: 'socket.open' });
  await told('socket.opened');
}

test('a WhatsApp that falls silent is asked for a sign of life, and then given up as lost', async () => {
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
  socket.send({ type: 'socket.send', waMessageId: '3EB0A1B2C3D4E5F60718', to, content, typing: false });
  await heard('message');
  const ends = socket.facts.length;
  for (let step = 0; step < 5; step += 1) clock.time.increment(10_000);

  await eventually(() => {
    const ended = socket.facts.slice(ends).filter(({ type }) => type === 'socket.closed');
    assert.deepEqual(ended, [{ type: 'socket.closed', reason: 'connection_lost' }]);
  });
  assert.equal(clock.waiting, 0);
});
