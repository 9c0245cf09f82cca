import assert from 'node:assert/strict';
import * as v from 'valibot';
import { SseClient } from '../../http/support/sse.ts';

const EventSchema = v.looseObject({
  session: v.string(),
  payload: v.looseObject({ status: v.string(), previous: v.string(), since: v.number() }),
});

interface StatusEvent {
  session: string;
  status: string;
  previous: string;
  since: number;
}

/** The `session.status` events of an organization as one client sees them, over several streams. */
export class StatusStream implements AsyncDisposable {
  readonly #token: string;
  readonly #read: StatusEvent[] = [];
  #stream: SseClient;

  private constructor(token: string, stream: SseClient) {
    this.#token = token;
    this.#stream = stream;
  }

  static async open(url: string, token: string): Promise<StatusStream> {
    return new StatusStream(token, await openAt(url, token));
  }

  /** Of one session, oldest first. */
  of(session: string): StatusEvent[] {
    return [...this.#read, ...this.#events()].filter((event) => event.session === session);
  }

  /** Continues at a gateway after the last event that was read. */
  async resume(url: string): Promise<void> {
    this.#read.push(...this.#events());
    const { lastEventId } = this.#stream;
    await this.#stream[Symbol.asyncDispose]();
    this.#stream = await openAt(url, this.#token, { 'last-event-id': lastEventId });
  }

  async untilThat(isSo: () => boolean): Promise<void> {
    await this.#stream.untilThat(isSo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream[Symbol.asyncDispose]();
  }

  #events(): StatusEvent[] {
    return this.#stream.events.map(({ data = '' }) => {
      const { session, payload } = v.parse(EventSchema, JSON.parse(data));
      return { session, status: payload.status, previous: payload.previous, since: payload.since };
    });
  }
}

/** Each event of a session has the status of the one before it as `previous`. */
export function assertUnbroken(events: readonly StatusEvent[]): void {
  assert.deepEqual(
    events.slice(1).map(({ previous }) => previous),
    events.slice(0, -1).map(({ status }) => status),
    JSON.stringify(events),
  );
}

function openAt(url: string, token: string, headers: Record<string, string> = {}): Promise<SseClient> {
  const authorization = `Bearer ${token}`;
  return SseClient.open(`${url}/api/v1/events?event=session.status`, { authorization, ...headers });
}
