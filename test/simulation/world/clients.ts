import { done, type Refusal } from '../../../src/domain/errors.ts';
import type { SendAnswer, SendMode } from '../../../src/domain/outbox.ts';
import type { Answer, Attempt, Expectation } from '../checks/expectations.ts';
import type { Prng } from '../prng.ts';
import { sendTimeoutMs } from './process-life.ts';
import { addressOf, type World } from './world.ts';

/** Beyond the send timeout: what the store may take. */
const graceMs = 30_000;

/** A request that joins another waits for that one, and then for its result. */
const joinedMs = 2 * sendTimeoutMs + graceMs;

const recipients = ['6281234567890@s.whatsapp.net', '6281234567891@s.whatsapp.net'];

/** Somebody who uses a session over HTTP: sends, retries, cancels, edits, and now and then loses patience. */
export class SimulatedClient {
  readonly #world: World;
  readonly #prng: Prng;
  readonly #session: string;
  readonly #name: string;
  #expectations = 0;
  /** Orders to try again under their keys, also long after. */
  readonly #keyed: Expectation[] = [];

  constructor(world: World, session: string, name: string) {
    this.#world = world;
    this.#prng = world.prng.fork();
    this.#session = session;
    this.#name = name;
  }

  /** Goes on until the moment is over. */
  async act(until: () => boolean): Promise<void> {
    const { scheduler } = this.#world;
    while (!until()) {
      await scheduler.pause(this.#prng.wait(40_000));
      const burst = this.#prng.chance(0.2) ? this.#prng.integer(2, 8) : 1;
      for (let each = 0; each < burst && !until(); each += 1) await this.#actOnce();
    }
  }

  #actOnce(): Promise<void> {
    const deed = this.#prng.pick({ async: 9, sync: 8, twice: 2, again: 2, cancel: 2, edit: 1, join: 1 });
    switch (deed) {
      case 'async':
      case 'sync':
        return this.#place(this.#newExpectation(), deed);
      case 'twice':
        return this.#placeTwice();
      case 'again':
        return this.#placeAgain();
      case 'cancel':
        return this.#cancel();
      case 'edit':
        return this.#edit();
      case 'join':
        return this.#join();
    }
  }

  #newExpectation(isKeyed = this.#prng.chance(0.6)): Expectation {
    this.#expectations += 1;
    const text = `${this.#name}-${this.#expectations}`;
    const key = isKeyed ? `key of ${text}` : null;
    const expectation: Expectation = {
      text,
      session: this.#session,
      key,
      attempts: [],
      outboxId: null,
      waMessageId: null,
    };
    this.#world.expectations.add(expectation);
    if (isKeyed) this.#keyed.push(expectation);
    return expectation;
  }

  /** Tries until there is an answer that ends it. Without a key only what was certainly not done is tried again. */
  async #place(expectation: Expectation, mode: SendMode): Promise<void> {
    const tries = this.#prng.integer(1, 6);
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const answer = await this.#attempt(expectation, mode);
      const waitMs = retryAfter(answer);
      if (waitMs === null || expectation.key === null) return;
      await this.#world.scheduler.pause(waitMs + this.#prng.between(0, 3_000));
    }
  }

  /** Two requests with one key at the same time. */
  async #placeTwice(): Promise<void> {
    const expectation = this.#newExpectation(true);
    const modes = this.#prng.chance(0.7) ? (['sync', 'sync'] as const) : (['async', 'sync'] as const);
    await Promise.all(modes.map((mode) => this.#place(expectation, mode)));
  }

  async #placeAgain(): Promise<void> {
    const expectation = this.#prng.one(this.#keyed);
    if (expectation !== undefined) await this.#attempt(expectation, this.#prng.chance(0.5) ? 'sync' : 'async');
  }

  /** Waits for the answer, or only for as long as the caller has patience; it is checked all the same. */
  async #attempt(expectation: Expectation, mode: SendMode): Promise<Answer<SendAnswer>> {
    const { scheduler, verdict } = this.#world;
    const attempt: Attempt = { mode, askedAt: scheduler.time, answeredAt: null, answer: null };
    const isFirst = expectation.attempts.length === 0;
    expectation.attempts.push(attempt);
    const asked = this.#ask(expectation, mode, attempt, isFirst);
    if (!this.#world.faultModel.chance(0.08)) return asked;
    const patience = scheduler.pause(this.#prng.between(50, 20_000)).then((): 'lost' => 'lost');
    const answer = await Promise.race([asked, patience]);
    if (attempt.answer === null) verdict.see('caller gave up');
    return answer;
  }

  async #ask(
    expectation: Expectation,
    mode: SendMode,
    attempt: Attempt,
    isFirst: boolean,
  ): Promise<Answer<SendAnswer>> {
    const { expectations, verdict, scheduler } = this.#world;
    const withinMs = expectation.key === null ? sendTimeoutMs + graceMs : joinedMs;
    const body = { type: 'text' as const, to: recipients[0] ?? '', text: expectation.text, mentions: [] };
    const answer = await this.#world.ask(`${mode} ${expectation.text}`, withinMs, (troupe) =>
      troupe.sends.send(addressOf(this.#session), body, { mode, idempotencyKey: expectation.key, traceId: null }),
    );
    attempt.answer = answer;
    attempt.answeredAt = scheduler.time;
    if (answer !== 'lost') expectations.judge(expectation, answer);
    if (answer !== 'lost' && answer.ok && answer.value.result.replayed) verdict.see('joined or replayed');
    if (answer !== 'lost' && !answer.ok) this.#see(answer.refusal, isFirst);
    return answer;
  }

  #see({ code }: Refusal, isFirst: boolean): void {
    const { verdict } = this.#world;
    if (code === 'rate_limited') verdict.see('rate limited');
    if (code === 'queue_full') verdict.see('queue full');
    if (code === 'timeout') verdict.see('unknown outcome');
    if (code === 'upstream_error') verdict.see('refused by WhatsApp');
    if (!isFirst) verdict.see('refused again under its key');
  }

  async #cancel(): Promise<void> {
    const { ledger, whatsapp, verdict } = this.#world;
    const outboxId = this.#prng.one([...ledger.queued(this.#session)]);
    if (outboxId === undefined) return;
    const answer = await this.#world.ask(`cancel ${outboxId}`, graceMs, (troupe) =>
      troupe.sends.cancel(addressOf(this.#session), outboxId),
    );
    if (answer === 'lost' || !answer.ok) return;
    verdict.see('cancelled');
    const { waMessageId } = answer.value;
    verdict.require((ledger.entryOf(outboxId)?.handed ?? 0) === 0, () => `${outboxId} was cancelled but handed over`);
    verdict.require(whatsapp.copiesOf(waMessageId) === 0, () => `${outboxId} was cancelled but taken`);
  }

  async #edit(): Promise<void> {
    const { ledger, expectations, verdict, scheduler } = this.#world;
    const sent = [...ledger.entries()].filter(
      ({ row }) => row.session === this.#session && row.content.type === 'text',
    );
    const entry = this.#prng.one(sent);
    if (entry === undefined) return;
    const { waMessageId: id, to: chat } = entry.row;
    const expectation = this.#newExpectation(false);
    const { text } = expectation;
    const attempt: Attempt = { mode: 'sync', askedAt: scheduler.time, answeredAt: null, answer: null };
    expectation.attempts.push(attempt);
    const answer = await this.#world.ask(`edit as ${text}`, sendTimeoutMs + graceMs, async (troupe) => {
      const edited = await troupe.sends.edit(addressOf(this.#session), { id, chat, text, mentions: [], traceId: null });
      return edited.ok ? done({ result: edited.value, mismatch: false }) : edited;
    });
    attempt.answer = answer;
    attempt.answeredAt = scheduler.time;
    if (answer === 'lost') return;
    expectations.judge(expectation, answer);
    if (answer.ok) verdict.see('edited');
  }

  async #join(): Promise<void> {
    await this.#world.ask('join a group', sendTimeoutMs + graceMs, (troupe) =>
      troupe.groups.join(addressOf(this.#session), 'invitation'),
    );
  }
}

/** How long a caller waits before it tries again; null when there is nothing to try again. */
function retryAfter(answer: Answer<SendAnswer>): number | null {
  if (answer === 'lost') return 1_000;
  if (answer.ok) return null;
  const { code, retryAfterMs } = answer.refusal;
  const isWorthIt = ['rate_limited', 'queue_full', 'unavailable', 'timeout', 'not_implemented'].includes(code);
  return isWorthIt ? (retryAfterMs ?? 5_000) : null;
}
