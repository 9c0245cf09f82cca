import { SimulatorError } from '../errors.ts';
import { attribute, type Stanza } from '../wire/stanza.ts';

const TIMEOUT_MS = 10_000;

/** Questions that the server has put to a client and that the client has not answered yet. */
export class PendingQueries {
  readonly #prefix: string;
  readonly #pending = new Map<string, PromiseWithResolvers<Stanza>>();
  #count = 0;

  /** @param prefix keeps the ids apart from those that the client makes up */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Resolves with the client's answer to what `send` sends under the given id; rejects when none comes in time. */
  ask(send: (id: string) => void): Promise<Stanza> {
    this.#count += 1;
    const id = `${this.#prefix}-${this.#count}`;
    const query = Promise.withResolvers<Stanza>();
    const late = () => query.reject(new SimulatorError('timeout', 'the client did not answer'));
    const timer = setTimeout(late, TIMEOUT_MS);
    this.#pending.set(id, query);
    send(id);
    return query.promise.finally(() => {
      clearTimeout(timer);
      this.#pending.delete(id);
    });
  }

  /** Hands an `<iq>` of type result or error to whoever asked; an answer to nothing is ignored. */
  answer(iq: Stanza): void {
    this.#pending.get(attribute(iq, 'id') ?? '')?.resolve(iq);
  }

  fail(error: Error): void {
    for (const query of this.#pending.values()) query.reject(error);
  }
}
