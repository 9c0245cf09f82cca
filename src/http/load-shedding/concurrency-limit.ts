import { GatewayError } from '../../domain/errors.ts';

/** Requests in flight at the same time, in total and per scope. */
const maxTotal = 3_000;
const maxPerScope = { organization: 1_000, session: 200 } as const;

/** What the requests in flight are counted by. */
export interface LimitScope {
  kind: keyof typeof maxPerScope;
  id: string;
}

/** Limits the requests in flight. Event streams are not counted; they have limits of their own. */
export class ConcurrencyLimit {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** Counts a request until the result is disposed of. Throws `too_many_requests` or `unavailable` and counts nothing. */
  enter(scopes: readonly LimitScope[]): Disposable {
    if (scopes.length > 0 && this.#total >= maxTotal) throw new GatewayError(overloaded);
    const full = scopes.find((scope) => this.#count(scope) >= maxPerScope[scope.kind]);
    if (full !== undefined) throw tooMany(full);
    this.#add(scopes, 1);
    return { [Symbol.dispose]: () => this.#add(scopes, -1) };
  }

  #count(scope: LimitScope): number {
    return this.#counts.get(keyOf(scope)) ?? 0;
  }

  #add(scopes: readonly LimitScope[], change: 1 | -1): void {
    this.#total += change;
    for (const scope of scopes) {
      const count = this.#count(scope) + change;
      if (count === 0) this.#counts.delete(keyOf(scope));
      else this.#counts.set(keyOf(scope), count);
    }
  }
}

function keyOf({ kind, id }: LimitScope): string {
  return `${kind} ${id}`;
}

const overloaded = {
  code: 'unavailable',
  message: 'too many requests are in flight; the request was not processed, retry later',
  details: { reason: 'overloaded' },
  retryAfterMs: 1_000,
} as const;

function tooMany({ kind }: LimitScope): GatewayError {
  const limit = maxPerScope[kind];
  const message = `this ${kind} already has ${limit} requests in flight; wait for one to finish`;
  return new GatewayError({ code: 'too_many_requests', message, details: { limit, of: kind }, retryAfterMs: 1_000 });
}
