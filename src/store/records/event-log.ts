import * as v from 'valibot';
import { type EventEnvelope, eventId, type GatewayEvent } from '../../domain/event.ts';
import type { Commit, Key, LogEntry, LogSlice, Store } from '../contract.ts';
import { keyIn } from '../record-kinds.ts';
import { unlessUnreadable } from '../unreadable-value.ts';
import { jsonCodec } from './codec.ts';

/** Events that the log of an organization keeps; readers that are further behind get a gap event. */
const maxEntries = 100_000;

const codec = jsonCodec(
  'event',
  v.object({
    // Any string: readers also get events that only a newer release knows.
    event: v.string(),
    session: v.string(),
    timestamp: v.number(),
    payload: v.record(v.string(), v.unknown()),
  }),
);

/** A part of the log, in order. */
export interface EventSlice {
  events: EventEnvelope[];
  /** The cursor of the newest event before these that is not kept any more, null while all are. */
  trimmedThrough: string | null;
}

/** The event log of each organization: appended to by commits, read by any number of readers with cursors. */
export interface Events {
  publish(organization: string, event: GatewayEvent): Promise<void>;
  /** The cursor of the newest event; null in an empty log. */
  tail(organization: string): Promise<string | null>;
  /** The events after a cursor (default: from the oldest), then those that are appended, until the signal aborts. */
  follow(organization: string, options: { after?: string; signal: AbortSignal }): AsyncIterable<EventSlice>;
}

/** An event as part of a commit, so that it is published exactly when the change that it reports is applied. */
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

/** An unreadable event counts as trimmed: a slice ends before it, and the next one begins after it. */
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

/** The log of an organization's events. */
export function eventLog(organization: string): Key {
  return keyIn(organization, 'events');
}
