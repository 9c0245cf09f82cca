import type { Outcome, Refusal } from '../../../src/domain/errors.ts';
import type { SendAnswer, SendMode } from '../../../src/domain/outbox.ts';
import type { WhatsApp } from '../world/whatsapp.ts';
import type { Verdict } from './coverage.ts';

/** How a request ended for its caller; `lost`: the process died, or was not there. */
export type Answer<T> = Outcome<T> | 'lost';

/** Something that a client wants sent once, and the requests that it made for it. Each has a text of its own. */
export interface Expectation {
  text: string;
  session: string;
  key: string | null;
  attempts: Attempt[];
  /** Known from the first answer that has it. */
  outboxId: string | null;
  waMessageId: string | null;
}

export interface Attempt {
  mode: SendMode;
  /** Virtual time. */
  askedAt: number;
  answeredAt: number | null;
  answer: Answer<SendAnswer> | null;
}

/** Answers that say that nothing was sent, and that nothing will be. */
function isNotSent({ code, details }: Refusal): boolean {
  if (code === 'unavailable') return details?.['reason'] !== 'session_unresponsive';
  return ['validation_error', 'not_found', 'rate_limited', 'queue_full', 'not_implemented'].includes(code);
}

/** Compares what clients were answered with what WhatsApp has taken. */
export class Expectations {
  readonly #byText = new Map<string, Expectation>();
  readonly #whatsapp: WhatsApp;
  readonly #verdict: Verdict;

  constructor(whatsapp: WhatsApp, verdict: Verdict) {
    this.#whatsapp = whatsapp;
    this.#verdict = verdict;
  }

  add(expectation: Expectation): void {
    this.#byText.set(expectation.text, expectation);
  }

  find(text: string): Expectation | undefined {
    return this.#byText.get(text);
  }

  all(): Iterable<Expectation> {
    return this.#byText.values();
  }

  /** To be called with each answer to an attempt. */
  judge(expectation: Expectation, answer: Outcome<SendAnswer>): void {
    if (answer.ok) this.#judgeResult(expectation, answer.value);
    else this.#judgeRefusal(expectation, answer.refusal);
    this.#judgeUnsent(expectation);
  }

  /** To be called when everything has come to rest. */
  judgeAll(): void {
    for (const expectation of this.#byText.values()) {
      this.#judgeUnsent(expectation);
      for (const { answer } of expectation.attempts) {
        if (answer !== null && answer !== 'lost' && !answer.ok) this.#judgeRefusal(expectation, answer.refusal);
      }
    }
  }

  #judgeResult(expectation: Expectation, { result }: SendAnswer): void {
    const { outboxId, waMessageId, status } = result;
    const isSame =
      (expectation.outboxId ?? outboxId) === outboxId && (expectation.waMessageId ?? waMessageId) === waMessageId;
    this.#verdict.require(isSame, () => `${expectation.text} was answered with two sends: one key, two dispatches`);
    expectation.outboxId = outboxId;
    expectation.waMessageId = waMessageId;
    const firsts = expectation.attempts.filter(({ answer }) => isResult(answer) && !answer.value.result.replayed);
    this.#verdict.require(firsts.length <= 1, () => `${expectation.text} was answered as new twice`);
    const claimsToBeSent = ['sent', 'delivered', 'read', 'played'].includes(status);
    const isTaken = this.#whatsapp.copiesOf(waMessageId) > 0;
    this.#verdict.require(
      !claimsToBeSent || isTaken,
      () => `${expectation.text} was answered ${status} but never taken`,
    );
  }

  #judgeRefusal({ text }: Expectation, { code, details }: Refusal): void {
    this.#verdict.require(code !== 'internal', () => `${text} was answered with an internal error`);
    if (code !== 'upstream_error') return;
    const copies = [...this.#whatsapp.idsOf(text)].filter((id) => this.#whatsapp.copiesOf(id) > 0);
    this.#verdict.require(
      copies.length === 0,
      () => `${text} was answered as refused (${details?.['whatsappCode']}) but was taken`,
    );
  }

  #judgeUnsent({ text, attempts }: Expectation): void {
    const isUnsent = attempts.every(
      ({ answer }) => answer !== null && answer !== 'lost' && !answer.ok && isNotSent(answer.refusal),
    );
    if (!isUnsent) return;
    const last = attempts.at(-1)?.answer;
    const why = last !== null && last !== undefined && last !== 'lost' && !last.ok ? last.refusal.message : '';
    this.#verdict.require(
      this.#whatsapp.idsOf(text).size === 0,
      () => `${text} is on the wire although its caller was told that it is not sent (${why})`,
    );
  }
}

function isResult(answer: Answer<SendAnswer> | null): answer is Extract<Answer<SendAnswer>, { ok: true }> {
  return answer !== null && answer !== 'lost' && answer.ok;
}
