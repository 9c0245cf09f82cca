import { SimulatorError } from '../errors.ts';
import { attribute, type Stanza } from '../wire/stanza.ts';

const TIMEOUT_MS = 10_000;

/** Queries from the server that a client has not answered yet. */
export class PendingQueries {
  readonly #prefix: string;
  readonly #pending = new Map<string, PromiseWithResolvers<Stanza>>();
  #count = 0;

  /** @param prefix distinguishes the ids from those of the client */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Sends a query under a new id. Resolves with the client's response; rejects with `timeout` when there is none. */
  request(send: (id: string) => void): Promise<Stanza> {
    this.#count += 1;
    const id = `${this.#prefix}-${this.#count}`;
    const query = Promise.withResolvers<Stanza>();
    const onTimeout = () => query.reject(new SimulatorError('timeout', 'the client did not answer'));
    const timer = setTimeout(onTimeout, TIMEOUT_MS);
    this.#pending.set(id, query);
    send(id);
    return query.promise.finally(() => {
      clearTimeout(timer);
      this.#pending.delete(id);
    });
  }

  /** Settles the query that an `<iq>` of type result or error answers; others are ignored. */
  answer(iq: Stanza): void {
    this.#pending.get(attribute(iq, 'id') ?? '')?.resolve(iq);
  }

  fail(error: Error): void {
    for (const query of this.#pending.values()) query.reject(error);
  }
}
