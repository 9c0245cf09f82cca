import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { type GatewayEvent, readEvents } from './events.ts';

/** The polling interval. */
const intervalMs = 100;

const RefusalSchema = v.object({ error: v.object({ code: v.string(), message: v.string() }) });

/** An error response of the gateway. */
export class RefusedError extends Error {
  readonly status: number;

  constructor(request: string, status: number, body: unknown) {
    const { success, output } = v.safeParse(RefusalSchema, body);
    super(`${request} was answered with ${status}${success ? `: ${output.error.code}, ${output.error.message}` : ''}`);
    this.name = 'RefusedError';
    this.status = status;
  }
}

interface CallOptions {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
}

/** An HTTP client of the gateway. */
export class Caller {
  readonly #url: string;
  readonly #token: string;
  readonly #signal: AbortSignal;

  /** @param signal aborts all pending requests */
  constructor(url: string, token: string, signal: AbortSignal) {
    this.#url = url;
    this.#token = token;
    this.#signal = signal;
  }

  /** The body of a successful response, parsed with `schema`; throws a {@link RefusedError} for any other response. */
  async call<const S extends v.GenericSchema>(
    method: 'GET' | 'POST',
    path: string,
    schema: S,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<v.InferOutput<S>> {
    const response = await this.#fetch(path, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return v.parse(schema, await response.json());
  }

  /** Follows the events of the organization from now on. Resolves when the stream is open. */
  async follow(path: string): Promise<AsyncIterable<GatewayEvent>> {
    const { body } = await this.#fetch(path, {});
    if (body === null) throw new Error(`GET ${path} was answered without a stream`);
    return readEvents(body);
  }

  /** Polls until `poll` yields a value. */
  async until<T>(poll: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const found = await poll();
      if (found !== undefined) return found;
      await pause(intervalMs, undefined, { signal: this.#signal });
    }
  }

  async #fetch(path: string, { method = 'GET', headers = {}, ...rest }: CallOptions): Promise<Response> {
    const response = await fetch(`${this.#url}${path}`, {
      ...rest,
      method,
      headers: { ...headers, authorization: `Bearer ${this.#token}` },
      signal: this.#signal,
    });
    if (!response.ok) throw new RefusedError(`${method} ${path}`, response.status, await response.json());
    return response;
  }
}
