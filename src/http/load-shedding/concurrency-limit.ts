import { GatewayError } from '../../domain/errors.ts';

/** Requests that may be answered at the same time, in all and by what they are about. */
const maxInAll = 3_000;
const maxAt = { organization: 1_000, session: 200 } as const;

/** What a request is about: of one such thing only so many requests are answered at a time. */
export interface LimitScope {
  kind: keyof typeof maxAt;
  id: string;
}

/** The requests that are being answered now. Event streams are not among them; they have limits of their own. */
export class ConcurrencyLimit {
  readonly #counts = new Map<string, number>();
  #inAll = 0;

  /** Counts a request until it is disposed of. Throws `too_many_requests` or `unavailable`, and counts nothing then. */
  enter(places: readonly LimitScope[]): Disposable {
    if (places.length > 0 && this.#inAll >= maxInAll) throw new GatewayError(busy);
    const full = places.find((place) => this.#count(place) >= maxAt[place.kind]);
    if (full !== undefined) throw tooMany(full);
    this.#add(places, 1);
    return { [Symbol.dispose]: () => this.#add(places, -1) };
  }

  #count(place: LimitScope): number {
    return this.#counts.get(nameOf(place)) ?? 0;
  }

  #add(places: readonly LimitScope[], change: 1 | -1): void {
    this.#inAll += change;
    for (const place of places) {
      const count = this.#count(place) + change;
      if (count === 0) this.#counts.delete(nameOf(place));
      else this.#counts.set(nameOf(place), count);
    }
  }
}

function nameOf({ kind, id }: LimitScope): string {
  return `${kind} ${id}`;
}

const busy = {
  code: 'unavailable',
  message: 'too many requests are being answered at the moment; nothing was done',
  details: { reason: 'overloaded' },
  retryAfterMs: 1_000,
} as const;

function tooMany({ kind }: LimitScope): GatewayError {
  const limit = maxAt[kind];
  const message = `${limit} requests of this ${kind} are being answered; wait for one of them before the next`;
  return new GatewayError({ code: 'too_many_requests', message, details: { limit, of: kind }, retryAfterMs: 1_000 });
}
