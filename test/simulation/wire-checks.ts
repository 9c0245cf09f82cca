import { isSettled, maxAttempts } from '../../src/domain/outbox.ts';
import type { SessionAddress, SessionSettings } from '../../src/domain/session.ts';
import type { Books, Page } from './books.ts';
import { type Send, textOf } from './link.ts';
import type { Order, Orders } from './orders.ts';
import type { Verdict } from './verdict.ts';

export type Limits = Pick<SessionSettings, 'ratePerMin' | 'rateBurst'>;

/** Tokens by which the reference may differ: a send reaches the wire later than its token was taken. */
const toleranceTokens = 2.5;

interface Bucket {
  tokens: number;
  at: number;
  /** What is allowed now, and the most that was allowed since the last token was taken. */
  limits: Limits;
  most: Limits;
}

interface WireChecksDeps {
  books: Books;
  orders: Orders;
  verdict: Verdict;
  /** Milliseconds that the gateway may have seen pass by its wall clock. */
  elapsed: () => number;
}

/** What must hold whenever a session hands a message to its connection. */
export class WireChecks {
  readonly #deps: WireChecksDeps;
  readonly #buckets = new Map<string, Bucket>();

  constructor(deps: WireChecksDeps) {
    this.#deps = deps;
  }

  /** A session's limits from now on. */
  limit(session: string, limits: Limits): void {
    const bucket = this.#buckets.get(session) ?? {
      tokens: limits.rateBurst,
      at: this.#deps.elapsed(),
      limits,
      most: limits,
    };
    bucket.limits = limits;
    bucket.most = {
      ratePerMin: Math.max(bucket.most.ratePerMin, limits.ratePerMin),
      rateBurst: Math.max(bucket.most.rateBurst, limits.rateBurst),
    };
    this.#buckets.set(session, bucket);
  }

  readonly onSend = (address: SessionAddress, send: Send): void => {
    const { books, orders, verdict } = this.#deps;
    const { waMessageId, content } = send;
    const text = textOf(content);
    const page = books.pageOfMessage(waMessageId);
    if (page === undefined) {
      verdict.violate(`${text} is on the wire before it is durable`);
      return;
    }
    page.handed += 1;
    this.#requireFlight(address, page, text);
    this.#requireFlags(page, text);
    const order = orders.find(text);
    if (order !== undefined) {
      this.#requireOneId(order, waMessageId);
      if (page.handed === 1) this.#requireOrder(order, page);
    }
    if (page.handed > 1) verdict.see('resend');
    this.#take(address.session, content.type === 'edit', page.handed, text);
  };

  #requireFlight({ session }: SessionAddress, page: Page, text: string): void {
    const { books, verdict } = this.#deps;
    const inFlight = books.inFlight(session);
    verdict.require(
      inFlight?.row.id === page.row.id,
      () =>
        `${text} is handed over while ${inFlight === undefined ? 'nothing' : textOf(inFlight.row.content)} is in flight`,
    );
    verdict.require(!isSettled(page.row), () => `${text} is handed over although it is ${page.row.status}`);
  }

  #requireFlags({ row, events, handed }: Page, text: string): void {
    const { verdict } = this.#deps;
    const flagged = events.filter(({ possibleDuplicate }) => possibleDuplicate === true).length;
    verdict.require(
      handed <= 1 + flagged,
      () => `${text} is handed over ${handed} times, told as resent ${flagged} times`,
    );
    verdict.require(handed <= maxAttempts, () => `${text} is handed over ${handed} times`);
    verdict.require(handed <= row.attempts, () => `${text} is handed over ${handed} times in ${row.attempts} attempts`);
  }

  #requireOneId(order: Order, waMessageId: string): void {
    const isSame = order.waMessageId === null || order.waMessageId === waMessageId;
    this.#deps.verdict.require(isSame, () => `${order.text} goes out under another id than before`);
    order.waMessageId = waMessageId;
  }

  /** A queued send does not overtake one that was promised before it was asked for. */
  #requireOrder(order: Order, page: Page): void {
    const { orders, books, verdict } = this.#deps;
    if (page.row.mode !== 'async') return;
    const askedAt = Math.min(...order.attempts.map((attempt) => attempt.askedAt));
    for (const other of orders.all()) {
      if (other.session !== order.session || other === order || other.outboxId === null) continue;
      const otherPage = books.pageOf(other.outboxId);
      if (otherPage === undefined || otherPage.row.mode !== 'async' || otherPage.handed > 0) continue;
      const promisedAt = Math.min(...other.attempts.map((attempt) => promiseOf(attempt)));
      const isOvertaken = promisedAt < askedAt && !isSettled(otherPage.row);
      verdict.require(!isOvertaken, () => `${order.text} overtakes ${other.text}, which was promised before`);
    }
  }

  /** A bucket that is never stricter than the limits that were in force, and does not care for restarts. */
  #take(session: string, isExempt: boolean, handed: number, text: string): void {
    const bucket = this.#buckets.get(session);
    if (bucket === undefined || isExempt) return;
    const now = this.#deps.elapsed();
    const { ratePerMin, rateBurst } = bucket.most;
    const refilled = bucket.tokens + ((now - bucket.at) * ratePerMin) / 60_000;
    bucket.tokens = Math.min(rateBurst, refilled) - 1;
    bucket.at = now;
    bucket.most = bucket.limits;
    const isResent = handed > 1;
    this.#deps.verdict.require(
      isResent || bucket.tokens >= -toleranceTokens,
      () => `${text} goes out although the limit of ${rateBurst} and ${ratePerMin} a minute is reached`,
    );
  }
}

function promiseOf({ answer, answeredAt }: Order['attempts'][number]): number {
  const isPromise = answer !== null && answer !== 'lost' && answer.ok;
  return isPromise && answeredAt !== null ? answeredAt : Number.POSITIVE_INFINITY;
}
