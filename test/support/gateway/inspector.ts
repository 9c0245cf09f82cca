import { once } from 'node:events';
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import type { Client } from './client.ts';

const TicketSchema = v.object({ ticket: v.string() });

/** The address at which a session is watched, with a new ticket. */
export async function inspectAddress(url: string, client: Client, session: string, filters = {}): Promise<string> {
  const { body } = await client.call('POST', '/realtime/ticket', filters);
  const { ticket } = v.parse(TicketSchema, body);
  return `${url.replace('http', 'ws')}/api/v1/sessions/${session}/inspect?ticket=${ticket}`;
}

/** Everything that the Stately inspector's own receiver reads from an address. */
export function receive(address: string): StatelyInspectionEvent[] {
  const frames: StatelyInspectionEvent[] = [];
  createWebSocketReceiver({ server: address }).subscribe((frame) => frames.push(frame));
  return frames;
}

/** The names of the states that the session was seen in, one after the other, without repetitions. */
export function coursesIn(frames: readonly StatelyInspectionEvent[]): string[] {
  const values = frames.flatMap((frame) =>
    'snapshot' in frame && 'value' in frame.snapshot ? [frame.snapshot.value] : [],
  );
  return values.map((value) => JSON.stringify(value)).filter((value, at, all) => value !== all[at - 1]);
}

/** A plain WebSocket on an address: what it is refused with, or a socket that is open. */
export async function dial(
  address: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; socket: WebSocket }> {
  const socket = new WebSocket(address, { headers });
  socket.on('error', () => undefined);
  const refused = once(socket, 'unexpected-response').then(([, { statusCode }]) => Number(statusCode));
  const status = await Promise.race([once(socket, 'open').then(() => 101), refused]);
  return { status, socket };
}
