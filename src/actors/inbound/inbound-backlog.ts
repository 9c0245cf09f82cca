import { isFurther, type Receipt, type SendStatus } from '../../domain/outbox.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { InboundEvent } from '../socket/port.ts';

/** What waits to be stored for a session. */
interface Waiting {
  facts: number;
  /** The furthest receipt that waits for each message, by WhatsApp's id. */
  furthest: Map<string, SendStatus>;
}

/**
 * What waits to be stored. A receipt that is no further than one that waits for the same message would change nothing
 * when its turn comes, so it does not wait: in a group, each member sends two for every message.
 */
export class InboundBacklog {
  readonly #waiting = new Map<string, Waiting>();

  /** From now on a fact waits. Yields what of it does; null when nothing of it can be news. */
  add({ session }: SessionAddress, fact: InboundEvent): InboundEvent | null {
    const waiting = this.#waiting.get(session) ?? { facts: 0, furthest: new Map() };
    const news = fact.type === 'socket.receipt' ? newsOf(fact.receipts, waiting) : fact;
    if (news === null) return null;
    waiting.facts += 1;
    this.#waiting.set(session, waiting);
    return news;
  }

  /** What `add` has yielded is stored, or was given up. */
  remove({ session }: SessionAddress, fact: InboundEvent): void {
    const waiting = this.#waiting.get(session);
    if (waiting === undefined) return;
    if (fact.type === 'socket.receipt') forget(fact.receipts, waiting);
    waiting.facts -= 1;
    if (waiting.facts === 0) this.#waiting.delete(session);
  }

  /** How many facts of a session wait. */
  sizeOf({ session }: SessionAddress): number {
    return this.#waiting.get(session)?.facts ?? 0;
  }
}

function newsOf(receipts: readonly Receipt[], { furthest }: Waiting): InboundEvent | null {
  const news = receipts.filter(({ waMessageId, status }) => {
    const waits = furthest.get(waMessageId);
    const isNews = waits === undefined || isFurther(status, waits);
    if (isNews) furthest.set(waMessageId, status);
    return isNews;
  });
  return news.length === 0 ? null : { type: 'socket.receipt', receipts: news };
}

/** The furthest one of a message is its last: until that is stored, it holds for those before it, too. */
function forget(receipts: readonly Receipt[], { furthest }: Waiting): void {
  for (const { waMessageId, status } of receipts) {
    if (furthest.get(waMessageId) === status) furthest.delete(waMessageId);
  }
}
