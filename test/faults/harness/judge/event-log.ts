import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { SseClient } from '../../../http/support/sse.ts';
import { eventually } from '../../../support/eventually.ts';
import type { World } from '../../support/world.ts';

/** Between two tries to reach a gateway that may not run. */
const betweenTriesMs = 50;

const StatusSchema = v.looseObject({
  outboxId: v.string(),
  waMessageId: v.string(),
  status: v.string(),
  possibleDuplicate: v.optional(v.boolean()),
  error: v.optional(v.looseObject({ code: v.string() })),
});

const EventSchema = v.looseObject({ id: v.string(), event: v.string(), payload: v.record(v.string(), v.unknown()) });

/** A gateway that may be another one after a while. */
type Followed = Pick<World, 'client' | 'url'>;

type LoggedEvent = v.InferOutput<typeof EventSchema>;
type StatusPayload = v.InferOutput<typeof StatusSchema>;

/** The organization's event stream, followed from one life of the gateway into the next. */
export class EventLog implements AsyncDisposable {
  readonly #world: Followed;
  /** By the id of the event, as some come again behind a cut. */
  readonly #events = new Map<string, LoggedEvent>();
  readonly #statuses = new Map<string, StatusPayload[]>();
  readonly #ending = Promise.withResolvers<void>();
  readonly #followed: Promise<void>;
  #stream: SseClient | undefined;
  #read = 0;
  #lastId = '';
  #state: 'open' | 'closed' = 'open';

  private constructor(world: Followed) {
    this.#world = world;
    this.#followed = this.#follow();
  }

  /** Begins in the first life; what is told before the first event was read is not in it. */
  static async open(world: Followed): Promise<EventLog> {
    const log = new EventLog(world);
    await eventually(() => {
      if (log.#stream === undefined) throw new Error('the event stream did not open');
    });
    return log;
  }

  /** Everything that was told so far, in order. */
  events(): LoggedEvent[] {
    this.#collect();
    return [...this.#events.values()];
  }

  /** The `message.status` events, by outbox id. */
  statuses(): ReadonlyMap<string, readonly StatusPayload[]> {
    this.#collect();
    return this.#statuses;
  }

  /** The ids of the messages that are said to have been sent again. */
  flagged(): Set<string> {
    const all = [...this.statuses().values()].flat();
    return new Set(
      all.filter(({ possibleDuplicate }) => possibleDuplicate === true).map(({ waMessageId }) => waMessageId),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed';
    this.#ending.resolve();
    await this.#followed;
  }

  async #follow(): Promise<void> {
    while (this.#state === 'open') {
      try {
        await this.#followOnce();
      } catch {
        // The gateway is between two lives.
        await Promise.race([pause(betweenTriesMs), this.#ending.promise]);
      }
    }
  }

  async #followOnce(): Promise<void> {
    const { client, url } = this.#world;
    const resume = this.#lastId === '' ? {} : { 'last-event-id': this.#lastId };
    await using stream = await SseClient.open(`${url}/api/v1/events`, {
      authorization: `Bearer ${client.token}`,
      ...resume,
    });
    this.#stream = stream;
    this.#read = 0;
    await Promise.race([stream.ended, this.#ending.promise]);
    this.#collect();
  }

  #collect(): void {
    const blocks = this.#stream?.events ?? [];
    for (const { id, data } of blocks.slice(this.#read)) {
      if (id === undefined || data === undefined) continue;
      if (!this.#events.has(id)) this.#add(id, v.parse(EventSchema, JSON.parse(data)));
      this.#lastId = id;
    }
    this.#read = blocks.length;
  }

  #add(id: string, event: LoggedEvent): void {
    this.#events.set(id, event);
    if (event.event !== 'message.status') return;
    const status = v.parse(StatusSchema, event.payload);
    const known = this.#statuses.get(status.outboxId);
    if (known === undefined) this.#statuses.set(status.outboxId, [status]);
    else known.push(status);
  }
}
