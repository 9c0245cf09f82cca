import type { Capability } from './principal.ts';

/** The public names of the events in the log. */
export const eventNames = [
  'message',
  'message.status',
  'session.status',
  'session.restriction',
  'auth.qr',
  'auth.code',
  'auth.passkey',
  'poll.vote',
  'group.update',
  'stream.gap',
] as const;

export type EventName = (typeof eventNames)[number];

/** What happened to a session, as it is appended to its organization's log. */
export interface GatewayEvent {
  event: EventName;
  session: string;
  /** Epoch milliseconds. */
  timestamp: number;
  payload: Record<string, unknown>;
}

/**
 * An event as readers get it. `id` is unique, and a stream can be resumed after it; it does not sort by time, as
 * WhatsApp's timestamps are whole seconds.
 */
export interface EventEnvelope extends Omit<GatewayEvent, 'event'> {
  /** An {@link EventName}, or the name of an event of a newer release. */
  event: string;
  schema: 'v1';
  id: string;
  organization: string;
}

const known: ReadonlySet<string> = new Set(eventNames);

/**
 * What links a phone is only for readers who may manage sessions. The same goes for events of a newer release, which may
 * be as secret.
 */
export function capabilityFor(event: string): Capability {
  return event.startsWith('auth.') || !known.has(event) ? 'manage' : 'read';
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * The id of the event at a cursor of the log: `evt_` and a ULID, ten characters of time and the cursor's 16 digits,
 * so that an id can be turned back into its place in the log.
 */
export function eventId(timestamp: number, cursor: string): string {
  let time = '';
  for (let rest = timestamp; time.length < 10; rest = Math.floor(rest / 32)) time = `${alphabet[rest % 32]}${time}`;
  return `evt_${time}${cursor}`;
}

/** The cursor in an event id; null when it is no event id. */
export function cursorOf(id: string): string | null {
  return /^evt_[0-7][0-9A-HJKMNP-TV-Z]{9}(\d{16})$/.exec(id)?.[1] ?? null;
}
