import { on } from 'node:events';
import type { Duplex } from 'node:stream';
import { decodeBinaryNode, type proto } from '@whiskeysockets/baileys';
import type { WebSocket } from 'ws';
import type { Connection } from '../connection/connection.ts';
import { logIn } from '../connection/login.ts';
import { reasonOf } from '../errors.ts';
import type { Network } from '../network.ts';
import { type PairingClient, readPairingClient } from '../pairing/pairing-client.ts';
import { FrameReader } from '../wire/frames.ts';
import { performHandshake } from '../wire/handshake.ts';
import { SERVER, stanza } from '../wire/stanza.ts';
import { receiveStanza } from './receive-stanza.ts';

/** Clients that have not finished their handshake by then are disconnected. */
const HANDSHAKE_TIMEOUT_MS = 20_000;
/** The number of unhandled WebSocket messages at which reading is paused. */
const LARGEST_BACKLOG = 256;

/** Serves one connection. Resolves when it has ended and never rejects. */
export async function serveConnection(socket: WebSocket, transport: Duplex, network: Network): Promise<void> {
  const connection = network.connections.open(socket, transport);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // Errors while reading are handled below; a later one must not end the process.
  socket.on('error', () => undefined);
  try {
    await handleFrames(connection, readFrames(socket), network);
  } catch (error) {
    network.ledger.append({ kind: 'problem', connection: connection.id, reason: reasonOf(error) });
    connection.close();
  }
  await closed;
  network.pairing.remove(connection);
  network.connections.ended(connection);
}

async function handleFrames(connection: Connection, frames: AsyncGenerator<Buffer>, network: Network): Promise<void> {
  const timeout = setTimeout(() => connection.close(), HANDSHAKE_TIMEOUT_MS);
  const handshake = await performHandshake(
    network.identity,
    () => nextFrame(frames),
    (payload) => connection.sendPlain(payload),
  ).finally(() => clearTimeout(timeout));
  connection.secure(handshake.toClient);
  startSession(connection, handshake.clientKey, handshake.payload, network);
  for await (const frame of frames) {
    const node = await decodeBinaryNode(handshake.fromClient.decrypt(frame));
    connection.received(node);
    if (!connection.silent) receiveStanza(node, connection, network);
  }
}

/** A client with pairing data is to be linked, any other one logs in. */
function startSession(connection: Connection, noiseKey: Buffer, payload: proto.ClientPayload, network: Network): void {
  const registers = payload.devicePairingData !== null && payload.devicePairingData !== undefined;
  if (registers) offerPairing(connection, readPairingClient(connection, noiseKey, payload), network);
  else logIn(connection, noiseKey, payload, network);
}

function offerPairing(connection: Connection, client: PairingClient, network: Network): void {
  network.pairing.add(client);
  connection.startPairing();
  const refs = client.refs.map((ref) => stanza('ref', {}, Buffer.from(ref)));
  const content = [stanza('pair-device', {}, refs)];
  connection.send(stanza('iq', { from: SERVER, type: 'set', xmlns: 'md', id: `pair-${connection.id}` }, content));
}

async function nextFrame(frames: AsyncGenerator<Buffer>): Promise<Buffer> {
  const { value, done } = await frames.next();
  if (done === true) throw new Error('the client disconnected during the handshake');
  return value;
}

async function* readFrames(socket: WebSocket): AsyncGenerator<Buffer, undefined> {
  const reader = new FrameReader();
  const options = { close: ['close'], highWaterMark: LARGEST_BACKLOG, lowWaterMark: LARGEST_BACKLOG / 2 };
  for await (const [data] of on(socket, 'message', options)) {
    if (Buffer.isBuffer(data)) yield* reader.push(data);
  }
  return undefined;
}
