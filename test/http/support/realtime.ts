import { once } from 'node:events';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import { assertDocumented } from '../../support/gateway/documented.ts';
import type { Api } from './api.ts';
import { type Envelope, envelopeOf } from './streams.ts';

const TicketSchema = v.strictObject({ ticket: v.string(), expiresAt: v.number() });

/** A new ticket; by default by a key that may read. */
export async function ticketFor(api: Api, filters: object = {}, key?: string) {
  const token = key ?? (await api.key({ capabilities: ['read'] }));
  const { json } = await api.ask('POST /api/v1/realtime/ticket', { key: token, json: filters });
  return v.parse(TicketSchema, json);
}

export interface Refusal {
  status: number;
  body: string;
  headers: Record<string, unknown>;
}

/** A client of the realtime WebSocket. */
export class RealtimeClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly envelopes: Envelope[] = [];
  /** Resolves once the connection is gone, with the code and the reason that it ended with. */
  readonly closed: Promise<{ code: number; reason: string }>;
  #news = Promise.withResolvers<void>();

  constructor(url: string, options: { autoPong?: boolean } = {}) {
    this.socket = new WebSocket(url.replace('http', 'ws'), options);
    this.socket.on('error', () => undefined);
    this.socket.once('upgrade', ({ statusCode: status = 0, headers }) => {
      assertDocumented({
        method: 'GET',
        target: url,
        status,
        header: (name) => String(headers[name.toLowerCase()] ?? '') || null,
      });
    });
    this.socket.on('message', (data) => {
      this.envelopes.push(envelopeOf(String(data)));
      this.#news.resolve();
      this.#news = Promise.withResolvers();
    });
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  /** The first events of that number, as soon as there are so many. */
  async until(count: number): Promise<Envelope[]> {
    while (this.envelopes.length < count) await this.#news.promise;
    return this.envelopes.slice(0, count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

/** Opens the WebSocket with a new ticket. */
export async function realtime(
  api: Api,
  {
    filters = {},
    since,
    key,
    autoPong = true,
  }: { filters?: object; since?: string; key?: string; autoPong?: boolean } = {},
): Promise<RealtimeClient> {
  const { ticket } = await ticketFor(api, filters, key);
  const query = since === undefined ? '' : `&since=${since}`;
  const client = new RealtimeClient(`${api.url}/api/v1/realtime?ticket=${ticket}${query}`, { autoPong });
  await once(client.socket, 'open');
  return client;
}

/** The answer to a handshake that is refused. */
export async function refusalOf(api: Api, query: string): Promise<Refusal> {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/v1/realtime${query}`);
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  const body = (await response.setEncoding('utf8').toArray()).join('');
  assertDocumented({
    method: 'GET',
    target: `/api/v1/realtime${query}`,
    status: response.statusCode,
    header: (name) => response.headers[name.toLowerCase()] ?? null,
    json: JSON.parse(body),
  });
  return { status: response.statusCode, body, headers: response.headers };
}
