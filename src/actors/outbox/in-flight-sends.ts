import type { OutboxRow } from '../../domain/outbox.ts';
import type { SessionAddress } from '../../domain/session.ts';

/** The sends of this process that were handed to a socket and are not settled: one for each session at most. */
export class InFlightSends {
  readonly #flights = new Map<string, { id: string; since: number }>();

  /** @param at when it was first handed over, in epoch milliseconds */
  began({ session, id }: OutboxRow, at: number): void {
    this.#flights.set(session, { id, since: at });
  }

  ended({ session }: Pick<SessionAddress, 'session'>): void {
    this.#flights.delete(session);
  }

  /** Since when a send is on its way; null when it is not known to be. */
  since({ session, id }: OutboxRow): number | null {
    const flight = this.#flights.get(session);
    return flight?.id === id ? flight.since : null;
  }

  /** How many of these sessions have a send that has been on its way since before a time; the others are forgotten. */
  countBefore(time: number, isHere: (session: string) => boolean): number {
    for (const session of this.#flights.keys()) if (!isHere(session)) this.#flights.delete(session);
    return [...this.#flights.values()].filter(({ since }) => since < time).length;
  }
}
