import type { OutboxRow } from '../../domain/outbox.ts';
import type { SessionAddress } from '../../domain/session.ts';

/** The sends of this process that were handed to a socket and are not settled: at most one per session. */
export class InFlightSends {
  readonly #sends = new Map<string, { id: string; since: number }>();

  /** @param at when it was first handed over, in epoch milliseconds */
  add({ session, id }: OutboxRow, at: number): void {
    this.#sends.set(session, { id, since: at });
  }

  remove({ session }: Pick<SessionAddress, 'session'>): void {
    this.#sends.delete(session);
  }

  /** When a send was handed over; null when it is not known to be in flight. */
  since({ session, id }: OutboxRow): number | null {
    const send = this.#sends.get(session);
    return send?.id === id ? send.since : null;
  }

  /** How many sends were handed over before a time. Sends of sessions that are not here any more are forgotten. */
  countBefore(time: number, isHere: (session: string) => boolean): number {
    for (const session of this.#sends.keys()) if (!isHere(session)) this.#sends.delete(session);
    return [...this.#sends.values()].filter(({ since }) => since < time).length;
  }
}
