import * as v from 'valibot';
import { type EventEnvelope, eventId, type GatewayEvent } from '../../domain/event.ts';
import type { Commit, Key, LogEntry, LogSlice, Store } from '../contract.ts';
import { keyIn } from '../record-kinds.ts';
import { unlessUnreadable } from '../unreadable-value.ts';
import { jsonCodec } from './codec.ts';

/** The log of an organization keeps this many events; readers that fall behind further get a gap event. */
const maxEntries = 100_000;

const codec = jsonCodec(
  'event',
  v.object({
    // Readers of this release get the events of a newer one too.
    event: v.string(),
    session: v.string(),
    timestamp: v.number(),
    payload: v.record(v.string(), v.unknown()),
  }),
);

/** A part of the log, in order. */
export interface EventSlice {
  events: EventEnvelope[];
  /** The position (a cursor) of the newest event before these that is no longer kept, null while all are. */
  trimmedThrough: string | null;
}

/** The event log of each organization: appended to by commits, read by any number of readers with cursors. */
export interface Events {
  publish(organization: string, event: GatewayEvent): Promise<void>;
  /** The position behind the newest event; null in an empty log. */
  tail(organization: string): Promise<string | null>;
  /** What is there behind a position, then what is appended, until the signal aborts. Without one from the oldest. */
  follow(organization: string, options: { after?: string; signal: AbortSignal }): AsyncIterable<EventSlice>;
}

/** An event as part of a commit, so that it is there exactly when what it tells of is. */
export function eventAppend(organization: string, event: GatewayEvent): NonNullable<Commit['appends']>[number] {
  return { log: eventLog(organization), value: codec.encode(event), maxEntries };
}

export function events(store: Store): Events {
  return {
    publish: async (organization, event) => {
      await store.commit({ appends: [eventAppend(organization, event)] });
    },
    tail: (organization) => store.tail(eventLog(organization)),
    follow: (organization, options) => follow(store, organization, options),
  };
}

async function* follow(
  store: Store,
  organization: string,
  options: { after?: string; signal: AbortSignal },
): AsyncGenerator<EventSlice> {
  for await (const slice of store.follow(eventLog(organization), options)) yield* slicesOf(organization, slice);
}

/** An event that is unreadable counts as trimmed away: a slice ends before it, and the next one begins behind it. */
async function* slicesOf(organization: string, slice: LogSlice): AsyncGenerator<EventSlice> {
  let { trimmedThrough } = slice;
  let events: EventEnvelope[] = [];
  for (const entry of slice.entries) {
    const event = await unlessUnreadable(null, () => toEvent(organization, entry));
    if (event !== null) events.push(event);
    else {
      if (events.length > 0) yield { events, trimmedThrough };
      trimmedThrough = entry.cursor;
      events = [];
    }
  }
  yield { events, trimmedThrough };
}

function toEvent(organization: string, { cursor, value }: LogEntry): EventEnvelope {
  const { event, session, timestamp, payload } = codec.decode(value);
  return { schema: 'v1', id: eventId(timestamp, cursor), event, session, organization, timestamp, payload };
}

/** Where the events of an organization lie. */
export function eventLog(organization: string): Key {
  return keyIn(organization, 'events');
}
