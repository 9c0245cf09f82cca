import createClient, { type Client } from 'openapi-fetch';
import type { Event } from './connection.ts';
import { TroupeError } from './errors.ts';
import { type FollowOptions, follow } from './follow.ts';
import { defaultPatience, type Patience, withRetries } from './retry.ts';
import type { components, paths } from './schema.ts';

type SendOperation = paths['/api/v1/sessions/{session}/messages']['post'];

/** What can be sent; `type` says what it is, and with that which fields it has. */
export type Message = Extract<
  SendOperation['requestBody']['content']['application/json'],
  { type: 'text' | 'poll' | 'location' | 'contact' }
>;

export type SendResult = components['schemas']['SendResult'];

export interface SendOptions {
  /** Only queue it: resolves when it is on the disk, and the events tell what becomes of it. */
  readonly async?: boolean;
  /** Your name for this send, to repeat it after a crash of yours; a random one unless given. */
  readonly idempotencyKey?: string;
  /** The trace that the send belongs to (W3C Trace Context). */
  readonly traceparent?: string;
  readonly signal?: AbortSignal;
}

export interface TroupeOptions {
  /** Where the gateway is: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** An api key, or a login token. */
  readonly key: string;
  /** How often, and for how long, a send is tried again: {@link defaultPatience} unless given. */
  readonly patience?: Patience;
  readonly fetch?: typeof globalThis.fetch;
}

/** One attempt; longer than the gateway takes for any answer. */
const attemptTimeoutMs = 100_000;

/** A gateway, as somebody with a key may use it. */
export class Troupe {
  /** Every route with its types: `api.GET('/api/v1/sessions')` yields `data`, or `error`. Tries nothing again. */
  readonly api: Client<paths, 'application/json'>;
  readonly #url: string;
  readonly #options: TroupeOptions;
  readonly #patience: Patience;

  constructor(options: TroupeOptions) {
    const { url, key, patience = defaultPatience } = options;
    this.#url = url.replace(/\/+$/, '');
    this.#options = options;
    this.#patience = patience;
    this.api = createClient<paths, 'application/json'>({
      baseUrl: this.#url,
      headers: { authorization: `Bearer ${key}` },
      ...(options.fetch !== undefined && { fetch: options.fetch }),
    });
  }

  /**
   * Sends a message, and resolves when WhatsApp has acknowledged it. What fails on the way is tried again under the same
   * idempotency key, so it is sent once. Rejects with a {@link TroupeError} when it was refused, or when the patience is
   * over: then its `code` tells whether it may have been sent (`timeout`), and the same key may be used again. When the
   * gateway was not reached at all, it rejects with what `fetch` says.
   */
  async send(session: string, message: Message, options: SendOptions = {}): Promise<SendResult> {
    const { idempotencyKey = crypto.randomUUID(), signal = new AbortController().signal } = options;
    return withRetries(
      () => this.#attempt(session, message, { ...options, idempotencyKey, signal }),
      this.#patience,
      signal,
    );
  }

  /** The events of the organization, as they happen; see {@link follow}. */
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
