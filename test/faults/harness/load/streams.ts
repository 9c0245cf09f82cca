import type { Simulator } from '../../../../simulator/simulator.ts';

type Ledger = Simulator['ledger'];

/** A connection from its login to its end, as the simulator saw it. */
export interface Stream {
  readonly connection: number;
  readonly account: string;
  /** When the client connected. */
  readonly acceptedAt: number;
  /** The place in the ledger of the login, and when it was. */
  readonly openedSeq: number;
  readonly openedAt: number;
  /** Infinity while it is open. */
  readonly closedSeq: number;
  readonly closedAt: number;
}

/** The authenticated streams that began behind a place in the ledger, in the order of their logins. */
export function streamsSince(ledger: Ledger, since = 0): Stream[] {
  const facts = ledger.entries.filter((entry) => entry.kind === 'connection');
  const begins = new Map(facts.filter(({ event }) => event === 'accepted').map((begin) => [begin.connection, begin]));
  const ends = new Map(facts.filter(({ event }) => event === 'closed').map((end) => [end.connection, end]));
  return facts
    .filter(({ event, seq }) => event === 'open' && seq > since)
    .map(({ connection, account = '', seq, at }) => ({
      ...{ connection, account, openedSeq: seq, openedAt: at },
      acceptedAt: begins.get(connection)?.at ?? at,
      closedSeq: ends.get(connection)?.seq ?? Number.POSITIVE_INFINITY,
      closedAt: ends.get(connection)?.at ?? Number.POSITIVE_INFINITY,
    }));
}

/** The streams that were open when the next one of the same account began. */
export function overlapping(streams: readonly Stream[]): Stream[] {
  return streams.filter((stream) =>
    streams.some(
      ({ account, openedSeq }) =>
        account === stream.account && openedSeq > stream.openedSeq && openedSeq < stream.closedSeq,
    ),
  );
}

/** The connections that the server ended because the same device had logged in anew. */
export function replacedSince(ledger: Ledger, since = 0): number[] {
  return ledger
    .stanzas({ tag: 'stream:error', direction: 'out' })
    .filter(({ seq, attrs, children }) => seq > since && attrs['code'] === undefined && children.includes('conflict'))
    .map(({ connection }) => connection);
}

/** The end of the ledger. */
export function placeIn({ entries }: Ledger): number {
  return entries.at(-1)?.seq ?? 0;
}

/** The most of these moments that lie within so many milliseconds. */
export function mostWithin(ms: number, moments: readonly number[]): number {
  const sorted = moments.toSorted((one, other) => one - other);
  return Math.max(0, ...sorted.map((from, index) => sorted.slice(index).filter((at) => at < from + ms).length));
}
