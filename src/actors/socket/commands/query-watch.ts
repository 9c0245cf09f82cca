import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';

/** The event with which Baileys waits for the answer to a query, without the id of the query. */
const answer = 'TAG:';

/**
 * Counts the queries that WhatsApp leaves unanswered. Baileys does not distinguish them from empty answers: it stops to
 * listen for the answer, and continues without one.
 */
export class QueryWatch {
  readonly #open = new Set<string>();
  #unanswered = 0;

  constructor({ ws }: Pick<WASocket, 'ws'>) {
    ws.on('newListener', (event: string | symbol) => {
      if (typeof event === 'string' && event.startsWith(answer)) this.#open.add(event);
    });
    ws.on('removeListener', (event: string | symbol) => {
      if (typeof event === 'string' && this.#open.delete(event)) this.#unanswered += 1;
    });
    // Emitted before the event that Baileys waits for.
    ws.on('frame', (frame: BinaryNode | Uint8Array) => {
      if (!(frame instanceof Uint8Array)) this.#open.delete(`${answer}${frame.attrs['id']}`);
    });
  }

  /** How many there were so far. */
  get unanswered(): number {
    return this.#unanswered;
  }
}
