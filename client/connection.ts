import { TroupeError } from './errors.ts';
import type { components } from './schema.ts';
import { type Block, blocksIn } from './sse.ts';

/** An event; `event` tells which, and with that what its payload has. Pass over those that you do not know. */
export type Event = components['schemas']['Event'];

/** Which events a stream has. */
export interface Filter {
  /** Only these events, and only of these sessions. */
  readonly events?: readonly Event['event'][];
  readonly sessions?: readonly string[];
}

/** Where events come from. */
export interface Source {
  readonly url: string;
  readonly key: string;
  readonly fetch: typeof globalThis.fetch;
}

/** There is a comment every 15 s: a connection that says nothing for longer than this is dead. */
const silenceMs = 45_000;

/** One connection with a stream of events. It is given up when nothing comes for too long. */
export class Connection {
  readonly #blocks: AsyncGenerator<Block, void, undefined>;
  readonly #ending: AbortController;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(body: ReadableStream<Uint8Array>, ending: AbortController) {
    this.#blocks = blocksIn(body);
    this.#ending = ending;
  }

  /** Rejects with a {@link TroupeError} when the gateway refuses. `position`: the event to go on behind. */
  static async open(
    { url, key, fetch }: Source,
    { events = [], sessions = [] }: Filter,
    position: string | null,
    signal: AbortSignal,
  ): Promise<Connection> {
    const ending = new AbortController();
    const query = new URLSearchParams({
      ...(events.length > 0 && { event: events.join() }),
      ...(sessions.length > 0 && { session: sessions.join() }),
    });
    const late = setTimeout(() => ending.abort(new Error('the stream did not begin in time')), silenceMs);
    const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' };
    const response = await fetch(`${url}/api/v1/events?${query}`, {
      headers: position === null ? headers : { ...headers, 'last-event-id': position },
      signal: AbortSignal.any([signal, ending.signal]),
    }).finally(() => clearTimeout(late));
    if (!response.ok) throw new TroupeError(response, await response.json().catch(() => null));
    if (response.body === null) throw new Error('the stream of events has no body');
    return new Connection(response.body, ending);
  }

  /** What comes next; null when the gateway has ended the stream. */
  async next(): Promise<Block | null> {
    this.#timer = setTimeout(() => this.#ending.abort(new Error('the stream says nothing')), silenceMs);
    const { value, done } = await this.#blocks.next().finally(() => clearTimeout(this.#timer));
    return done === true ? null : value;
  }

  close(): void {
    this.#ending.abort(new Error('the stream was closed'));
  }
}
