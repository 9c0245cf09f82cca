import { capabilityFor, cursorOf, type EventEnvelope, eventId } from '../../domain/event.ts';
import type { EventSlice, Events } from '../../store/records/event-log.ts';
import type { TicketGrant } from '../../store/records/tickets.ts';
import type { Envelope } from './envelope.ts';

/** Who reads, with which filters, and from where. */
export interface Reader extends TicketGrant {
  /** The id of the last event the reader has; null to start with new events. */
  after: string | null;
}

/** Consecutive events for a reader. */
export interface Batch {
  envelopes: Envelope[];
  /** The event id to resume from after this batch; it also moves past events that the filters leave out. */
  position: string;
}

interface Source {
  events: Events;
  /** Epoch milliseconds. */
  now: () => number;
  signal: AbortSignal;
}

/** A cursor before the first event of every log. */
const beginning = '0'.repeat(16);

/**
 * The events of a reader, until the signal aborts. The log is read as fast as the reader consumes it: never more than
 * one slice is in memory. The first batch holds the starting position and is available at once.
 *
 * Lost events are always reported. In place of events that are no longer stored the reader gets one `stream.gap`,
 * whatever its filters, with the payload `{from, to}`: the events after `from` up to `to` are missing. The id of the
 * gap event is `to`, so a reader can resume from it like from any other: it continues with the oldest stored event and
 * gets the same gap only once.
 */
export async function subscribe(reader: Reader, source: Source): Promise<AsyncIterable<Batch>> {
  const newest = (await source.events.tail(reader.organization)) ?? beginning;
  if (reader.after === null) return follow(reader, source, { envelopes: [], position: eventId(source.now(), newest) });
  if (cursor(reader.after) <= newest) return follow(reader, source, { envelopes: [], position: reader.after });
  // The log never reached this position: the store was replaced by an older or an empty one.
  const gap = gapBetween(reader, source, { from: reader.after, to: eventId(source.now(), beginning) });
  return follow(reader, source, { envelopes: [gap], position: gap.id });
}

async function* follow(reader: Reader, source: Source, first: Batch): AsyncGenerator<Batch, void> {
  yield first;
  const { events, signal } = source;
  const after = cursor(first.position);
  const isWanted = filterOf(reader);
  let { position } = first;
  for await (const slice of events.follow(reader.organization, {
    signal,
    ...(after !== beginning && { after }),
  })) {
    const gap = gapBefore(slice, position, reader, source);
    position = slice.events.at(-1)?.id ?? gap?.id ?? position;
    const wanted = slice.events.filter(isWanted);
    yield { envelopes: gap === null ? wanted : [gap, ...wanted], position };
  }
}

function filterOf({ capabilities, sessions, events }: Reader): (envelope: EventEnvelope) => boolean {
  const [onlySessions, onlyEvents] = [sessions && new Set(sessions), events && new Set<string>(events)];
  return ({ event, session }) =>
    capabilities.includes(capabilityFor(event)) &&
    onlySessions?.has(session) !== false &&
    onlyEvents?.has(event) !== false;
}

/** The gap between a reader's position and a slice of the log, if there is one. */
function gapBefore(slice: EventSlice, position: string, reader: Reader, source: Source): Envelope | null {
  const { events, trimmedThrough } = slice;
  if (trimmedThrough === null || trimmedThrough <= cursor(position)) return null;
  // The next event's time makes the id sort in the right place.
  const to = eventId(events[0]?.timestamp ?? source.now(), trimmedThrough);
  return gapBetween(reader, source, { from: position, to });
}

function gapBetween({ organization }: Reader, { now }: Source, payload: { from: string; to: string }): Envelope {
  return { schema: 'v1', id: payload.to, event: 'stream.gap', session: null, organization, timestamp: now(), payload };
}

function cursor(id: string): string {
  return cursorOf(id) ?? beginning;
}
