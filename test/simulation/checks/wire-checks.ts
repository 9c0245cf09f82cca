import { isSettled } from '../../../src/domain/outbox.ts';
import type { SessionAddress } from '../../../src/domain/session.ts';
import { type Send, textOf } from '../faults/faulty-line.ts';
import type { Verdict } from './coverage.ts';
import type { Expectation, Expectations } from './expectations.ts';
import type { LedgerEntry, SendLedger } from './ledger.ts';
import type { RateChecks } from './rate-checks.ts';

/** No send goes out more often; see `domain/outbox.ts`. */
const mostAttempts = 10;
const mostUnanswered = 3;

interface WireChecksDeps {
  ledger: SendLedger;
  expectations: Expectations;
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
    const { ledger, expectations, verdict, rates } = this.#deps;
    const { waMessageId, content } = send;
    const text = textOf(content);
    const entry = ledger.entryOfMessage(waMessageId);
    if (entry === undefined) {
      verdict.violate(`${text} is on the wire before it is durable`);
      return;
    }
    entry.handed += 1;
    this.#requireFlight(address, entry, text);
    this.#requireFlags(entry, text);
    const expectation = expectations.find(text);
    if (expectation !== undefined) {
      this.#requireOneId(expectation, waMessageId);
      if (entry.handed === 1) this.#requireOrder(expectation, entry);
    }
    if (entry.handed > 1) verdict.see('resend');
    if (content.type !== 'edit') rates.take(address.session, entry.handed > 1, text);
  };

  #requireFlight({ session }: SessionAddress, entry: LedgerEntry, text: string): void {
    const { ledger, verdict } = this.#deps;
    const inFlight = ledger.inFlight(session);
    verdict.require(
      inFlight?.row.id === entry.row.id,
      () =>
        `${text} is handed over while ${inFlight === undefined ? 'nothing' : textOf(inFlight.row.content)} is in flight`,
    );
    verdict.require(entry.row.early === null, () => `${text} is handed over although it is proven to have arrived`);
    verdict.require(!isSettled(entry.row), () => `${text} is handed over although it is ${entry.row.status}`);
  }

  #requireFlags({ row, events, handed }: LedgerEntry, text: string): void {
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

  #requireOneId(expectation: Expectation, waMessageId: string): void {
    const isSame = expectation.waMessageId === null || expectation.waMessageId === waMessageId;
    this.#deps.verdict.require(isSame, () => `${expectation.text} goes out under another id than before`);
    expectation.waMessageId = waMessageId;
  }

  /** A queued send does not overtake one that was promised before it was asked for. */
  #requireOrder(expectation: Expectation, entry: LedgerEntry): void {
    const { expectations, ledger, verdict } = this.#deps;
    if (entry.row.mode !== 'async') return;
    const askedAt = Math.min(...expectation.attempts.map((attempt) => attempt.askedAt));
    for (const other of expectations.all()) {
      if (other.session !== expectation.session || other === expectation || other.outboxId === null) continue;
      const otherEntry = ledger.entryOf(other.outboxId);
      if (otherEntry === undefined || otherEntry.row.mode !== 'async' || otherEntry.handed > 0) continue;
      const promisedAt = Math.min(...other.attempts.map((attempt) => promiseOf(attempt)));
      const isOvertaken = promisedAt < askedAt && !isSettled(otherEntry.row);
      verdict.require(!isOvertaken, () => `${expectation.text} overtakes ${other.text}, which was promised before`);
    }
  }
}

function promiseOf({ answer, answeredAt }: Expectation['attempts'][number]): number {
  const isPromise = answer !== null && answer !== 'lost' && answer.ok;
  return isPromise && answeredAt !== null ? answeredAt : Number.POSITIVE_INFINITY;
}
