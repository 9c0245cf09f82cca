import createClient, { type Client } from 'openapi-fetch';
import type { Event } from './connection.ts';
import { TroupeError } from './errors.ts';
import { type FollowOptions, follow } from './follow.ts';
import { defaultRetryPolicy, type RetryPolicy, withRetries } from './retry.ts';
import type { components, paths } from './schema.ts';

type SendOperation = paths['/api/v1/sessions/{session}/messages']['post'];

/** A message to send; `type` determines its fields. */
export type Message = Extract<
  SendOperation['requestBody']['content']['application/json'],
  { type: 'text' | 'poll' | 'location' | 'contact' }
>;

export type SendResult = components['schemas']['SendResult'];

export interface SendOptions {
  /** Resolve as soon as the message is stored; events report its status. */
  readonly async?: boolean;
  /** Your unique name for this send, to repeat it after your process crashed; random unless given. */
  readonly idempotencyKey?: string;
  /** The trace that the send belongs to (W3C Trace Context). */
  readonly traceparent?: string;
  readonly signal?: AbortSignal;
}

export interface TroupeOptions {
  /** The base URL of the gateway: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** An api key, or a login token. */
  readonly key: string;
  /** When to stop retrying a send: {@link defaultRetryPolicy} unless given. */
  readonly retry?: RetryPolicy;
  readonly fetch?: typeof globalThis.fetch;
}

/** Longer than the gateway takes for any response. */
const attemptTimeoutMs = 100_000;

/** A client of one gateway with one key. */
export class Troupe {
  /** Every route with its types: `api.GET('/api/v1/sessions')` yields `data`, or `error`. Never retries. */
  readonly api: Client<paths, 'application/json'>;
  readonly #url: string;
  readonly #options: TroupeOptions;
  readonly #retry: RetryPolicy;

  constructor(options: TroupeOptions) {
    const { url, key, retry = defaultRetryPolicy } = options;
    this.#url = url.replace(/\/+$/, '');
    this.#options = options;
    this.#retry = retry;
    this.api = createClient<paths, 'application/json'>({
      baseUrl: this.#url,
      headers: { authorization: `Bearer ${key}` },
      ...(options.fetch !== undefined && { fetch: options.fetch }),
    });
  }

  /**
   * Sends a message, and resolves when WhatsApp has acknowledged it. Temporary failures are retried with the same
   * idempotency key, so the message is sent once. Rejects with a {@link TroupeError} when it was refused or the retries
   * are exhausted: the `code` `timeout` means that it may have been sent; repeat it with the same key to find out. When
   * the gateway cannot be reached, it rejects with the error of `fetch`.
   */
  async send(session: string, message: Message, options: SendOptions = {}): Promise<SendResult> {
    const { idempotencyKey = crypto.randomUUID(), signal = new AbortController().signal } = options;
    return withRetries(
      () => this.#attempt(session, message, { ...options, idempotencyKey, signal }),
      this.#retry,
      signal,
    );
  }

  /** The events of the organization, live; see {@link follow}. */
  follow(options: FollowOptions = {}): Promise<AsyncGenerator<Event, void, undefined>> {
    const { key, fetch = globalThis.fetch } = this.#options;
    return follow({ url: this.#url, key, fetch }, options);
  }

  async #attempt(
    session: string,
    message: Message,
    options: SendOptions & { idempotencyKey: string; signal: AbortSignal },
  ): Promise<SendResult> {
    const { async = false, idempotencyKey, traceparent, signal } = options;
    const { data, error, response } = await this.api.POST('/api/v1/sessions/{session}/messages', {
      params: { path: { session }, query: { async }, header: { 'Idempotency-Key': idempotencyKey } },
      body: message,
      signal: AbortSignal.any([signal, AbortSignal.timeout(attemptTimeoutMs)]),
      ...(traceparent !== undefined && { headers: { traceparent } }),
    });
    if (data === undefined) throw new TroupeError(response, error);
    return data;
  }
}
