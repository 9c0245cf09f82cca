import * as v from 'valibot';
import type { Api } from './api.ts';
import { Backoff } from './backoff.ts';
import { EventParser } from './event-parser.ts';
import { type Failure, failureOf } from './failure.ts';
import { GatewayEvent } from './resources.ts';

/** How the page is connected; `at` is epoch milliseconds of this computer. */
export type LinkState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'waiting'; at: number; failure: Failure | null }
  /** The credential may not follow events; nothing comes by itself. */
  | { kind: 'refused'; failure: Failure };

interface EventStreamOptions {
  api: Api;
  /** From now on nothing is missed: what was loaded before may be out of date. */
  onLive: () => void;
  onEvent: (event: GatewayEvent) => void;
  onState: () => void;
}

/** The gateway gives a sign of life every 15 s. */
const silenceMs = 40_000;

/** Follows the organization's events, for ever: it comes back by itself behind the last event that it got. */
export class EventStream {
  state: LinkState = { kind: 'connecting' };
  readonly #options: EventStreamOptions;
  readonly #ending = new AbortController();
  #position: string | null = null;
  readonly #backoff = new Backoff();

  constructor(options: EventStreamOptions) {
    this.#options = options;
    void this.#run();
  }

  close(): void {
    this.#ending.abort();
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      this.#become({ kind: 'connecting' });
      const failure = await this.#follow();
      if (this.#ending.signal.aborted) return;
      if (failure?.status === 401) return;
      if (failure?.status === 403) return this.#become({ kind: 'refused', failure });
      await this.#wait(failure);
    }
  }

  async #wait(failure: Failure | null): Promise<void> {
    const ms = this.#backoff.next(failure?.retryAfterMs);
    this.#become({ kind: 'waiting', at: Date.now() + ms, failure });
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(ms)]);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }

  /** Resolves when the stream has ended: with the gateway's refusal, or null when the connection was lost. */
  async #follow(): Promise<Failure | null> {
    const connection = new AbortController();
    const signal = AbortSignal.any([connection.signal, this.#ending.signal]);
    const watchdog = new Watchdog(() => connection.abort());
    try {
      const headers = this.#position === null ? {} : { 'last-event-id': this.#position };
      const response = await this.#options.api.fetch('events', { headers, signal });
      if (!response.ok) return failureOf(response, await response.json().catch(() => undefined));
      await this.#read(response, watchdog);
    } catch {
      // A lost connection is no fault of anybody: it is made anew.
    } finally {
      watchdog.stop();
    }
    return null;
  }

  async #read(response: Response, watchdog: Watchdog): Promise<void> {
    this.#backoff.reset();
    this.#become({ kind: 'live' });
    this.#options.onLive();
    const parser = new EventParser();
    const pieces = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await pieces?.read(); piece?.value !== undefined; piece = await pieces?.read()) {
      watchdog.feed();
      for (const { id, data } of parser.feed(piece.value)) {
        if (data !== null) this.#tell(data);
        this.#position = id ?? this.#position;
      }
    }
  }

  #tell(data: string): void {
    const event = v.safeParse(v.pipe(v.string(), v.parseJson(), GatewayEvent), data);
    // An event that only a newer page knows is none for this one.
    if (event.success) this.#options.onEvent(event.output);
  }

  #become(state: LinkState): void {
    this.state = state;
    this.#options.onState();
  }
}

/** Barks when nothing has come for too long: a connection can be dead without anybody having closed it. */
class Watchdog {
  readonly #bark: () => void;
  #timer: ReturnType<typeof setTimeout>;

  constructor(bark: () => void) {
    this.#bark = bark;
    this.#timer = setTimeout(bark, silenceMs);
  }

  feed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#bark, silenceMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
