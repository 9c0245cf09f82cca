import * as v from 'valibot';
import { type Failure, failureOf, type Outcome, unreachable } from './failure.ts';

/** One request and its response. `tookMs` is the time until the whole response was read. */
export interface Exchange {
  status: number;
  /** The parsed body; undefined when there is none or it is not JSON. */
  json: unknown;
  tookMs: number;
  /** Null for a success. */
  failure: Failure | null;
}

interface RequestOptions {
  body?: object;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** Longer than the gateway takes for any response that is not a stream. */
const timeoutMs = 90_000;

/** Smaller clock differences are ignored: the `Date` header has whole seconds. */
const toleratedSkewMs = 2_000;

/** The gateway's API with one credential, which is kept in memory only. */
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

  /** A URL of the API; `path` is relative to `/api/v1/`. */
  url(path: string): URL {
    return new URL(path, this.#base);
  }

  /** Rejects when there is no response. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.#credential}`);
    const response = await fetch(this.url(path), { ...init, headers, cache: 'no-store' });
    this.#updateSkew(response.headers.get('date'));
    if (response.status === 401) this.#onUnauthorized();
    return response;
  }

  /** Sends a request, and measures how long the response takes. */
  async exchange(method: string, path: string, { body, headers = {}, signal }: RequestOptions = {}): Promise<Exchange> {
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await this.fetch(path, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const json = parsed(await response.text());
      const tookMs = performance.now() - startedAt;
      return { status: response.status, json, tookMs, failure: response.ok ? null : failureOf(response, json) };
    } catch {
      return { status: 0, json: undefined, tookMs: performance.now() - startedAt, failure: unreachable };
    }
  }

  /** Sends a request and validates the response with a schema. */
  async call<const S extends v.GenericSchema>(
    method: string,
    path: string,
    schema: S,
    options: RequestOptions = {},
  ): Promise<Outcome<v.InferOutput<S>>> {
    const { status, json, failure } = await this.exchange(method, path, options);
    if (failure !== null) return { ok: false, failure };
    const result = v.safeParse(schema, json);
    if (result.success) return { ok: true, value: result.output };
    const message = 'This page does not understand the response. Reload it: the gateway may have been updated.';
    return { ok: false, failure: { status, code: 'unreadable', message, details: {}, retryAfterMs: null } };
  }

  #updateSkew(date: string | null): void {
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
