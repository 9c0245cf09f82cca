import * as v from 'valibot';
import type { Api } from './api.ts';
import { Backoff } from './backoff.ts';
import { EventParser } from './event-parser.ts';
import { type Failure, failureOf } from './failure.ts';
import { GatewayEvent } from './resources.ts';

/** How the page is connected to the gateway; `at` is epoch milliseconds of this computer. */
export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'waiting'; at: number; failure: Failure | null }
  /** The credential may not follow events. */
  | { kind: 'refused'; failure: Failure };

interface EventStreamOptions {
  api: Api;
  /** No event is missed from now on; data loaded before may be out of date. */
  onLive: () => void;
  onEvent: (event: GatewayEvent) => void;
  onState: () => void;
}

/** The gateway sends a heartbeat every 15 s. */
const silenceMs = 40_000;

/** Follows the organization's events until it is closed: it reconnects by itself and resumes after the last event. */
export class EventStream {
  state: ConnectionState = { kind: 'connecting' };
  readonly #options: EventStreamOptions;
  readonly #closing = new AbortController();
  #position: string | null = null;
  readonly #backoff = new Backoff();

  constructor(options: EventStreamOptions) {
    this.#options = options;
    void this.#run();
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      this.#setState({ kind: 'connecting' });
      const failure = await this.#follow();
      if (this.#closing.signal.aborted) return;
      if (failure?.status === 401) return;
      if (failure?.status === 403) return this.#setState({ kind: 'refused', failure });
      await this.#wait(failure);
    }
  }

  async #wait(failure: Failure | null): Promise<void> {
    const ms = this.#backoff.next(failure?.retryAfterMs);
    this.#setState({ kind: 'waiting', at: Date.now() + ms, failure });
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ms)]);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }

  /** Resolves when the stream has ended: with the gateway's refusal, or null when the connection was lost. */
  async #follow(): Promise<Failure | null> {
    const connection = new AbortController();
    const signal = AbortSignal.any([connection.signal, this.#closing.signal]);
    const idleTimeout = new IdleTimeout(() => connection.abort());
    try {
      const headers = this.#position === null ? {} : { 'last-event-id': this.#position };
      const response = await this.#options.api.fetch('events', { headers, signal });
      if (!response.ok) return failureOf(response, await response.json().catch(() => undefined));
      await this.#read(response, idleTimeout);
    } catch {
      // A lost connection is expected: the caller reconnects.
    } finally {
      idleTimeout.stop();
    }
    return null;
  }

  async #read(response: Response, idleTimeout: IdleTimeout): Promise<void> {
    this.#backoff.reset();
    this.#setState({ kind: 'live' });
    this.#options.onLive();
    const parser = new EventParser();
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let chunk = await reader?.read(); chunk?.value !== undefined; chunk = await reader?.read()) {
      idleTimeout.renew();
      for (const { id, data } of parser.feed(chunk.value)) {
        if (data !== null) this.#emit(data);
        this.#position = id ?? this.#position;
      }
    }
  }

  #emit(data: string): void {
    const event = v.safeParse(v.pipe(v.string(), v.parseJson(), GatewayEvent), data);
    // Unknown events of a newer gateway are ignored.
    if (event.success) this.#options.onEvent(event.output);
  }

  #setState(state: ConnectionState): void {
    this.state = state;
    this.#options.onState();
  }
}

/** Fires when nothing was received for too long: a dead connection is not always closed. */
class IdleTimeout {
  readonly #onIdle: () => void;
  #timer: ReturnType<typeof setTimeout>;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
    this.#timer = setTimeout(onIdle, silenceMs);
  }

  renew(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onIdle, silenceMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
