import assert from 'node:assert/strict';
import * as v from 'valibot';
import { eventually } from '../eventually.ts';
import { assertDocumented } from './documented.ts';

const SessionSchema = v.looseObject({ id: v.string(), status: v.string(), reason: v.nullable(v.string()) });
const QrSchema = v.strictObject({ code: v.string(), expiresAt: v.number() });

const OutboxEntrySchema = v.looseObject({
  outboxId: v.string(),
  waMessageId: v.string(),
  status: v.string(),
  attempts: v.number(),
  error: v.nullable(v.looseObject({ code: v.string() })),
});

type OutboxBody = v.InferOutput<typeof OutboxEntrySchema>;

export type SessionBody = v.InferOutput<typeof SessionSchema>;

export interface Answer {
  status: number;
  headers: Headers;
  /** The parsed JSON; null when there is no body. */
  body: unknown;
}

/** A caller of the gateway's API with one key. Whatever it is answered must be in the OpenAPI document. */
export class Client {
  readonly #url: () => string;
  readonly #token: string;

  constructor(url: () => string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  get token(): string {
    return this.#token;
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.#url()}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { status, headers: received } = response;
    const text = await response.text();
    const json: unknown = text === '' ? undefined : JSON.parse(text);
    assertDocumented({ method, target: `/api/v1${path}`, status, header: (name) => received.get(name), json });
    return { status, headers: received, body: json ?? null };
  }

  sendText(session: string, to: string, text: string): Promise<Answer> {
    return this.call('POST', `/sessions/${session}/messages`, { to, type: 'text', text });
  }

  /** A send as the outbox shows it. */
  async outbox(session: string, outboxId: string): Promise<OutboxBody> {
    return v.parse(OutboxEntrySchema, (await this.call('GET', `/sessions/${session}/outbox/${outboxId}`)).body);
  }

  async session(session: string): Promise<SessionBody> {
    return v.parse(SessionSchema, (await this.call('GET', `/sessions/${session}`)).body);
  }

  /** A new session that rests, without a number. */
  async created(): Promise<SessionBody> {
    return v.parse(SessionSchema, (await this.call('POST', '/sessions', {})).body);
  }

  /** Waits until the session has a status. */
  until(session: string, status: string): Promise<SessionBody> {
    return eventually(async () => {
      const body = await this.session(session);
      assert.equal(body.status, status);
      return body;
    });
  }

  /** The QR code to scan, as soon as there is one. */
  qr(session: string): Promise<string> {
    return eventually(async () => v.parse(QrSchema, (await this.call('GET', `/sessions/${session}/qr`)).body).code);
  }

  /** A new session that a simulated phone has linked; resolves when it is connected. */
  async linked(simulator: { scanQr(qr: string, phone: string): Promise<unknown> }, phone: string): Promise<string> {
    const created = await this.call('POST', '/sessions', { start: true });
    const { id } = v.parse(SessionSchema, created.body);
    await simulator.scanQr(await this.qr(id), phone);
    await this.until(id, 'connected');
    // Most tests are not about the rate limit.
    await this.call('PATCH', `/sessions/${id}`, { ratePerMin: 1_000, rateBurst: 1_000, ratePerHour: 60_000 });
    return id;
  }
}
