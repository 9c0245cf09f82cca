import { TroupeError } from './errors.ts';
import type { components } from './schema.ts';
import { type Block, blocksIn } from './sse.ts';

/** An event; `event` determines its payload. Ignore events that you do not know. */
export type Event = components['schemas']['Event'];

/** Which events a stream contains; all unless given. */
export interface Filter {
  readonly events?: readonly Event['event'][];
  readonly sessions?: readonly string[];
}

/** How to reach the gateway. */
export interface Source {
  readonly url: string;
  readonly key: string;
  readonly fetch: typeof globalThis.fetch;
}

/** The gateway sends a heartbeat every 15 s: a connection that is silent for longer than this is dead. */
const silenceMs = 45_000;

/** One connection to the event stream. It is closed when nothing was received for too long. */
export class Connection {
  readonly #blocks: AsyncGenerator<Block, void, undefined>;
  readonly #closing: AbortController;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(body: ReadableStream<Uint8Array>, closing: AbortController) {
    this.#blocks = blocksIn(body);
    this.#closing = closing;
  }

  /** Rejects with a {@link TroupeError} when the gateway refuses. `position`: the id of the event to resume after. */
  static async open(
    { url, key, fetch }: Source,
    { events = [], sessions = [] }: Filter,
    position: string | null,
    signal: AbortSignal,
  ): Promise<Connection> {
    const closing = new AbortController();
    const query = new URLSearchParams({
      ...(events.length > 0 && { event: events.join() }),
      ...(sessions.length > 0 && { session: sessions.join() }),
    });
    const timer = setTimeout(() => closing.abort(new Error('the event stream did not open in time')), silenceMs);
    const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' };
    const response = await fetch(`${url}/api/v1/events?${query}`, {
      headers: position === null ? headers : { ...headers, 'last-event-id': position },
      signal: AbortSignal.any([signal, closing.signal]),
    }).finally(() => clearTimeout(timer));
    if (!response.ok) throw new TroupeError(response, await response.json().catch(() => null));
    if (response.body === null) throw new Error('the event stream has no body');
    return new Connection(response.body, closing);
  }

  /** The next block; null when the gateway has ended the stream. */
  async next(): Promise<Block | null> {
    this.#timer = setTimeout(() => this.#closing.abort(new Error('the event stream went silent')), silenceMs);
    const { value, done } = await this.#blocks.next().finally(() => clearTimeout(this.#timer));
    return done === true ? null : value;
  }

  close(): void {
    this.#closing.abort(new Error('the event stream was closed'));
  }
}
