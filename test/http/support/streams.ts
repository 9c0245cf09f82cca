import * as v from 'valibot';
import type { EventName, GatewayEvent } from '../../../src/domain/event.ts';
import { EnvelopeSchema } from '../../../src/http/streams/envelope.ts';
import { assertDocumentedEvent } from '../../support/gateway/documented.ts';
import type { Api } from './api.ts';
import { payloads } from './payloads.ts';
import { SseClient } from './sse.ts';

export type Envelope = v.InferOutput<typeof EnvelopeSchema>;

/** A received event, whichever way it came; throws unless it is whole. */
export function envelopeOf(json: string | undefined): Envelope {
  const envelope = v.parse(EnvelopeSchema, JSON.parse(json ?? ''));
  assertDocumentedEvent(envelope);
  return envelope;
}

const firstTime = 1_700_000_000_000;

/** The numbers that `publish` gave to events. */
export function numbersOf(envelopes: readonly Envelope[]): unknown[] {
  return envelopes.filter(({ event }) => event !== 'stream.gap').map(({ timestamp }) => timestamp - firstTime);
}

export interface Published {
  event?: EventName;
  session?: string;
  organization?: string;
  /** Makes the event larger. */
  ballast?: string;
}

/** Publishes events in order; each has its number in its time. */
export async function publish(api: Api, numbers: readonly number[], given: Published = {}): Promise<void> {
  const { event = 'message.status', session = 'somewhere', organization = 'acme', ballast } = given;
  for (const number of numbers) {
    const payload = { ...payloads[event], ...(ballast !== undefined && { waMessageId: ballast }) };
    await api.events.publish(organization, { event, session, timestamp: firstTime + number, payload });
  }
}

/** Appends events to a log that keeps only a few, as a log does that has grown over its limit. */
export async function publishInto(api: Api, maxEntries: number, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const event: GatewayEvent = {
      event: 'message.status',
      session: 'somewhere',
      timestamp: firstTime + number,
      payload: payloads['message.status'],
    };
    const value = new TextEncoder().encode(JSON.stringify(event));
    await api.store.commit({ appends: [{ log: ['acme', 'events'], value, maxEntries }] });
  }
}

/** Opens `GET /api/v1/events` with a key; by default one that may read. */
export async function follow(
  api: Api,
  query = '',
  { key, headers = {} }: { key?: string; headers?: Record<string, string> } = {},
): Promise<SseClient> {
  const token = key ?? (await api.key({ capabilities: ['read'] }));
  const client = await SseClient.open(`${api.url}/api/v1/events${query}`, {
    authorization: `Bearer ${token}`,
    ...headers,
  });
  // From here on nothing that happens is missed.
  return client.untilThat(() => client.lastEventId !== '');
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
