import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';

const QrSchema = v.object({ code: v.string() });

const SessionSchema = v.object({ id: v.string(), status: v.string() });

/** A session as the API shows it. */
type SessionBody = v.InferOutput<typeof SessionSchema>;

/** The highest limits that the gateway allows: rate limiting is not measured. */
const highestLimits = { ratePerMin: 1_000, rateBurst: 1_000, ratePerHour: 60_000 };

/** A client of the gateway that keeps its connections open. */
export class GatewayCaller {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(url: string, token: string) {
    this.#url = `${url}/api/v1`;
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  /** Creates a session that starts linking. Returns its id. */
  async create(): Promise<string> {
    return v.parse(SessionSchema, await this.#call('POST', '/sessions', 201, { start: true })).id;
  }

  /** The QR code; undefined as long as there is none. */
  async qr(session: string): Promise<string | undefined> {
    const { status, body } = await this.#exchange('GET', `/sessions/${session}/qr`);
    return status === 200 ? v.parse(QrSchema, JSON.parse(body)).code : undefined;
  }

  async session(session: string): Promise<SessionBody> {
    return v.parse(SessionSchema, await this.#call('GET', `/sessions/${session}`, 200));
  }

  async unlimit(session: string): Promise<void> {
    await this.#call('PATCH', `/sessions/${session}`, 200, highestLimits);
  }

  /** Sends a text under a new idempotency key; resolves with WhatsApp's acknowledgement. */
  async send(session: string, body: string): Promise<void> {
    const path = `/sessions/${session}/messages`;
    const answer = await this.#exchange('POST', path, body, { 'idempotency-key': randomUUID() });
    if (answer.status !== 200) throw new Error(`a send was answered with ${answer.status}: ${answer.body}`);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #call(method: string, path: string, expected: number, body?: object): Promise<unknown> {
    const answer = await this.#exchange(method, path, body === undefined ? undefined : JSON.stringify(body));
    if (answer.status === expected) return JSON.parse(answer.body);
    throw new Error(`${method} ${path} was answered with ${answer.status}: ${answer.body}`);
  }

  #exchange(method: string, path: string, body?: string, extra: Record<string, string> = {}) {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const headers = { ...this.#headers, ...extra, ...length };
    const sent = request(`${this.#url}${path}`, { method, agent: this.#agent, headers }, (response) => {
      text(response).then((read) => resolve({ status: response.statusCode ?? 0, body: read }), reject);
    });
    sent.on('error', reject);
    sent.end(body);
    return promise;
  }
}
