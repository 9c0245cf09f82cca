import { isSettled } from '../../../src/domain/outbox.ts';
import type { SessionAddress } from '../../../src/domain/session.ts';
import { type Send, textOf } from '../faults/faulty-line.ts';
import type { Verdict } from './coverage.ts';
import type { Expectations, Order } from './expectations.ts';
import type { LedgerPage, SendLedger } from './ledger.ts';
import type { RateChecks } from './rate-checks.ts';

/** No send goes out more often; see `domain/outbox.ts`. */
const mostAttempts = 10;
const mostUnanswered = 3;

interface WireChecksDeps {
  books: SendLedger;
  orders: Expectations;
  verdict: Verdict;
  rates: RateChecks;
}

/** What must hold whenever a session hands a message to its connection. */
export class WireChecks {
  readonly #deps: WireChecksDeps;

  constructor(deps: WireChecksDeps) {
    this.#deps = deps;
  }

  readonly onSend = (address: SessionAddress, send: Send): void => {
    const { books, orders, verdict, rates } = this.#deps;
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
    if (content.type !== 'edit') rates.take(address.session, page.handed > 1, text);
  };

  #requireFlight({ session }: SessionAddress, page: LedgerPage, text: string): void {
    const { books, verdict } = this.#deps;
    const inFlight = books.inFlight(session);
    verdict.require(
      inFlight?.row.id === page.row.id,
      () =>
        `${text} is handed over while ${inFlight === undefined ? 'nothing' : textOf(inFlight.row.content)} is in flight`,
    );
    verdict.require(page.row.early === null, () => `${text} is handed over although it is proven to have arrived`);
    verdict.require(!isSettled(page.row), () => `${text} is handed over although it is ${page.row.status}`);
  }

  #requireFlags({ row, events, handed }: LedgerPage, text: string): void {
    const { verdict } = this.#deps;
    const flagged = events.filter(({ possibleDuplicate }) => possibleDuplicate === true).length;
    verdict.require(
      handed <= 1 + flagged,
      () => `${text} is handed over ${handed} times, told as resent ${flagged} times`,
    );
    verdict.require(handed <= mostAttempts, () => `${text} is handed over ${handed} times`);
    verdict.require(row.unanswered < mostUnanswered, () => `${text} was left unanswered too often to go out again`);
    verdict.require(handed <= row.attempts, () => `${text} is handed over ${handed} times in ${row.attempts} attempts`);
  }

  #requireOneId(order: Order, waMessageId: string): void {
    const isSame = order.waMessageId === null || order.waMessageId === waMessageId;
    this.#deps.verdict.require(isSame, () => `${order.text} goes out under another id than before`);
    order.waMessageId = waMessageId;
  }

  /** A queued send does not overtake one that was promised before it was asked for. */
  #requireOrder(order: Order, page: LedgerPage): void {
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
}

function promiseOf({ answer, answeredAt }: Order['attempts'][number]): number {
  const isPromise = answer !== null && answer !== 'lost' && answer.ok;
  return isPromise && answeredAt !== null ? answeredAt : Number.POSITIVE_INFINITY;
}
