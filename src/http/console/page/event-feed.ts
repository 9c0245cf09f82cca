import type { GatewayEvent } from './resources.ts';

const maxKept = 500;

/** The newest events since the page was opened, newest first. */
export class EventFeed {
  #events: readonly GatewayEvent[] = [];

  add(event: GatewayEvent): void {
    // Events are delivered at least once.
    if (this.#events.some(({ id }) => id === event.id)) return;
    this.#events = [event, ...this.#events].slice(0, maxKept);
  }

  /** At most `limit` events of a session. */
  of(session: string, limit: number): GatewayEvent[] {
    return this.#events.filter((event) => event.session === session).slice(0, limit);
  }
}
