import { capabilityFor, cursorOf, type EventEnvelope, eventId } from '../../domain/event.ts';
import type { EventSlice, Events } from '../../store/records/event-log.ts';
import type { TicketGrant } from '../../store/records/tickets.ts';
import type { Envelope } from './envelope.ts';

/** Who reads, what of it, and from where on. */
export interface Reader extends TicketGrant {
  /** The id of the event behind which to begin; null for what happens from now on. */
  after: string | null;
}

/** Some events, in order, that the reader is to get. */
export interface Batch {
  envelopes: Envelope[];
  /** The event id behind which a reader stands who has them all; moves also past events that are not for it. */
  position: string;
}

interface Source {
  events: Events;
  /** Epoch milliseconds. */
  now: () => number;
  signal: AbortSignal;
}

/** Stands before the first event of every log. */
const beginning = '0'.repeat(16);

/**
 * The events that a reader is to get, until the signal aborts. What is taken slowly is read slowly: there is never
 * more than one slice of the log in memory. The first batch tells where the reader begins, and is there at once.
 *
 * A reader never has a hole without being told. In place of events that are no longer kept it gets one `stream.gap`,
 * whatever its filters, with the payload `{from, to}`: it stood behind `from` and goes on behind `to`. The id of the
 * gap event is `to`, so that it is a position to resume from like any other: a reader that drops right behind it goes
 * on with the oldest event that is kept, and is told of the same hole only once.
 */
export async function subscribe(reader: Reader, source: Source): Promise<AsyncIterable<Batch>> {
  const newest = (await source.events.tail(reader.organization)) ?? beginning;
  if (reader.after === null) return follow(reader, source, { envelopes: [], position: eventId(source.now(), newest) });
  if (cursor(reader.after) <= newest) return follow(reader, source, { envelopes: [], position: reader.after });
  // The log has never come so far: the store was replaced by an older or an empty one.
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

/** The hole between a reader's position and a slice of the log, if there is one. */
function gapBefore(slice: EventSlice, position: string, reader: Reader, source: Source): Envelope | null {
  const { events, trimmedThrough } = slice;
  if (trimmedThrough === null || trimmedThrough <= cursor(position)) return null;
  // With the time of the event that follows it sorts where it belongs.
  const to = eventId(events[0]?.timestamp ?? source.now(), trimmedThrough);
  return gapBetween(reader, source, { from: position, to });
}

function gapBetween({ organization }: Reader, { now }: Source, payload: { from: string; to: string }): Envelope {
  return { schema: 'v1', id: payload.to, event: 'stream.gap', session: null, organization, timestamp: now(), payload };
}

function cursor(id: string): string {
  return cursorOf(id) ?? beginning;
}
