import * as v from 'valibot';
import { type Failure, failureOf, type Outcome, unreachable } from './failure.ts';

/** One request as it went over the wire. `tookMs` is from asking to the whole answer. */
export interface Exchange {
  status: number;
  /** The parsed body, or undefined when there is none that can be read. */
  json: unknown;
  tookMs: number;
  /** Null for a success. */
  failure: Failure | null;
}

interface Ask {
  body?: object;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** Longer than the gateway takes for anything but a stream. */
const patienceMs = 90_000;

/** Clocks that differ by less are taken for equal: the gateway tells its time in whole seconds. */
const toleratedSkewMs = 2_000;

/** The gateway's API with one credential, which is in the memory of this object only. */
export class Api {
  readonly #base = new URL('api/v1/', document.baseURI);
  readonly #credential: string;
  readonly #onUnauthorized: () => void;
  #skewMs = 0;

  constructor(credential: string, onUnauthorized: () => void) {
    this.#credential = credential;
    this.#onUnauthorized = onUnauthorized;
  }

  /** Epoch milliseconds by the gateway's clock. */
  now(): number {
    return Date.now() + this.#skewMs;
  }

  /** An address of the API; `path` is relative to `/api/v1/`. */
  url(path: string): URL {
    return new URL(path, this.#base);
  }

  /** Rejects when nothing is answered. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.#credential}`);
    const response = await fetch(this.url(path), { ...init, headers, cache: 'no-store' });
    this.#noteTime(response.headers.get('date'));
    if (response.status === 401) this.#onUnauthorized();
    return response;
  }

  /** Asks, and measures how long the answer takes. */
  async exchange(method: string, path: string, { body, headers = {}, signal }: Ask = {}): Promise<Exchange> {
    const began = performance.now();
    const timeout = AbortSignal.timeout(patienceMs);
    try {
      const response = await this.fetch(path, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const json = parsed(await response.text());
      const tookMs = performance.now() - began;
      return { status: response.status, json, tookMs, failure: response.ok ? null : failureOf(response, json) };
    } catch {
      return { status: 0, json: undefined, tookMs: performance.now() - began, failure: unreachable };
    }
  }

  /** Asks for something of which the form is known. */
  async call<const S extends v.GenericSchema>(
    method: string,
    path: string,
    schema: S,
    ask: Ask = {},
  ): Promise<Outcome<v.InferOutput<S>>> {
    const { status, json, failure } = await this.exchange(method, path, ask);
    if (failure !== null) return { ok: false, failure };
    const result = v.safeParse(schema, json);
    if (result.success) return { ok: true, value: result.output };
    const message = 'The answer has another form than this page knows. Reload the page: the gateway may be newer.';
    return { ok: false, failure: { status, code: 'unreadable', message, details: {}, retryAfterMs: null } };
  }

  #noteTime(date: string | null): void {
    const skewMs = Date.parse(date ?? '') - Date.now();
    if (Number.isNaN(skewMs)) return;
    this.#skewMs = Math.abs(skewMs) < toleratedSkewMs ? 0 : skewMs;
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
