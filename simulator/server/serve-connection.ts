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
import { receive } from './receive-stanza.ts';

/** A client that has not finished its handshake by then is dropped. */
const HANDSHAKE_TIMEOUT_MS = 20_000;
/** WebSocket messages that may wait to be handled before reading is paused. */
const LARGEST_BACKLOG = 256;

/** The whole life of one connection; settles when it is over and never rejects. */
export async function serve(socket: WebSocket, transport: Duplex, network: Network): Promise<void> {
  const connection = network.connections.open(socket, transport);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // Reading meets every error of the socket; one that comes after that must not end the process.
  socket.on('error', () => undefined);
  try {
    await converse(connection, readFrames(socket), network);
  } catch (error) {
    network.ledger.append({ kind: 'problem', connection: connection.id, reason: reasonOf(error) });
    connection.close();
  }
  await closed;
  network.pairing.remove(connection);
  network.connections.ended(connection);
}

async function converse(connection: Connection, frames: AsyncGenerator<Buffer>, network: Network): Promise<void> {
  const late = setTimeout(() => connection.close(), HANDSHAKE_TIMEOUT_MS);
  const handshake = await performHandshake(
    network.identity,
    () => nextFrame(frames),
    (payload) => connection.sendPlain(payload),
  ).finally(() => clearTimeout(late));
  connection.secure(handshake.toClient);
  enter(connection, handshake.clientKey, handshake.payload, network);
  for await (const frame of frames) {
    const node = await decodeBinaryNode(handshake.fromClient.decrypt(frame));
    connection.received(node);
    if (!connection.silent) receive(node, connection, network);
  }
}

/** A client that says which device it is logs in; any other asks to be linked. */
function enter(connection: Connection, noiseKey: Buffer, payload: proto.ClientPayload, network: Network): void {
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
  if (done === true) throw new Error('the client left during the handshake');
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
