import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import { Connection } from '../../../../src/actors/socket/connection.ts';
import type { SocketEvent } from '../../../../src/actors/socket/port.ts';
import { systemClock } from '../../../../src/domain/clock.ts';
import { noMetrics } from '../../../../src/domain/metrics.ts';
import { credentials } from '../../../../src/store/records/sessions/credentials.ts';

import { eventually } from '../../../support/eventually.ts';
import { openMemoryStore } from '../../../support/store/memory-store.ts';

/** Dials a server, and ends the connection once the server has seen it; yields its events. */
async function dialAndEnd(port: number, seen: Promise<unknown>): Promise<SocketEvent[]> {
  await using store = await openMemoryStore();
  const events: SocketEvent[] = [];
  const deps = {
    credentials: credentials(store),
    findMessage: async () => null,
    findForRetry: async () => null,
    journaled: async () => [],
    forgetJournaled: async () => undefined,
    isOnline: async () => false,
    sendTimeoutMs: 30_000,
    metrics: noMetrics,
    logger: pino({ level: 'silent' }),
    now: Date.now,
    clock: systemClock(Date.now),
    readsHistory: false,
    whatsappUrl: `ws://127.0.0.1:${port}/`,
  };
  const connection = new Connection(deps, { organization: 'acme', session: 's' }, (event) => events.push(event));
  await seen;
  connection.close('connect_timeout');
  await eventually(() => assert.equal(events.at(-1)?.type, 'socket.closed'));
  return events;
}

function portOf(server: Server | WebSocketServer): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const ended = [{ type: 'socket.closed', reason: 'connect_timeout' }];

test('a dial that a silent server accepts can be closed', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');

  assert.deepEqual(await dialAndEnd(portOf(server), once(server, 'connection')), ended);
});

test('a connection on which the server never answers the handshake can be closed', async (t) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  await once(server, 'listening');
  const { promise: greeted, resolve } = Promise.withResolvers<void>();
  server.on('connection', (socket) => socket.once('message', () => resolve()));

  assert.deepEqual(await dialAndEnd(portOf(server), greeted), ended);
});
