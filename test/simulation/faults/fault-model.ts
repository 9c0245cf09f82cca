import type { Prng } from '../prng.ts';
import type { CallOutcome } from './faulty-store.ts';

/** Which faults a run has, and how often. Each run has some of them only, so that each fault also meets the absence of the others. */
export interface FaultProfile {
  /** Of each call of the store. */
  store: { slow: number; errorBefore: number; errorAfter: number };
  /** Milliseconds between the beginnings of times in which the store cannot be used at all; infinite for none. */
  outageEveryMs: number;
  /** Milliseconds between crashes at any moment, and the chance of one at each moment around a send. */
  crashEveryMs: number;
  crashAtWindow: number;
  /** Of each message: what becomes of it at WhatsApp. Weights. */
  messages: Readonly<Record<MessageOutcome, number>>;
  /** Of each login. Weights. */
  logins: Readonly<Record<LoginOutcome, number>>;
  /** Milliseconds that a connection lasts on average. */
  disconnectEveryMs: number;
  /** Milliseconds between jumps of the wall clock; infinite for none. */
  clockJumpEveryMs: number;
}

export type MessageOutcome =
  | 'taken'
  | 'taken and acknowledged late'
  | 'taken and acknowledged twice'
  | 'taken and never acknowledged'
  | 'taken and cut off'
  | 'refused'
  | 'cut off'
  | 'lost';

export type LoginOutcome = 'in' | 'slow' | 'silent' | 'failed' | 'turned away';

const minuteMs = 60_000;

function drawProfile(prng: Prng): FaultProfile {
  const some = (often: number): number => (prng.chance(0.6) ? prng.between(0, often) : 0);
  const every = (leastMs: number, mostMs: number): number =>
    prng.chance(0.6) ? prng.between(leastMs, mostMs) : Number.POSITIVE_INFINITY;
  return {
    store: { slow: some(0.1), errorBefore: some(0.02), errorAfter: some(0.03) },
    outageEveryMs: every(3 * minuteMs, 15 * minuteMs),
    crashEveryMs: every(3 * minuteMs, 15 * minuteMs),
    crashAtWindow: some(0.03),
    messages: {
      taken: 1,
      'taken and acknowledged late': some(0.1),
      'taken and acknowledged twice': some(0.1),
      'taken and never acknowledged': some(0.1),
      'taken and cut off': some(0.1),
      refused: some(0.1),
      'cut off': some(0.1),
      lost: some(0.1),
    },
    logins: { in: 1, slow: some(0.2), silent: some(0.1), failed: some(0.5), 'turned away': some(0.03) },
    disconnectEveryMs: every(2 * minuteMs, 15 * minuteMs),
    clockJumpEveryMs: every(2 * minuteMs, 10 * minuteMs),
  };
}

/** Draws the outcome of each operation. While it is off there are no faults. */
export class FaultModel {
  readonly #prng: Prng;
  readonly profile: FaultProfile;
  #state: 'on' | 'off' = 'off';
  #isStoreOut = false;
  #hasJustFailed = false;
  /** Called with each error that the store answers with. */
  onStoreError: (error: 'before' | 'after') => void = () => undefined;

  constructor(prng: Prng) {
    this.#prng = prng;
    this.profile = drawProfile(prng);
  }

  get isOff(): boolean {
    return this.#state === 'off';
  }

  turn(state: 'on' | 'off'): void {
    this.#state = state;
    this.#isStoreOut = false;
  }

  set isStoreOut(isOut: boolean) {
    this.#isStoreOut = isOut && !this.isOff;
  }

  chance(probability: number): boolean {
    return !this.isOff && this.#prng.chance(probability);
  }

  messageOutcome(): MessageOutcome {
    return this.isOff ? 'taken' : this.#prng.pick(this.profile.messages);
  }

  loginOutcome(): LoginOutcome {
    return this.isOff ? 'in' : this.#prng.pick(this.profile.logins);
  }

  readonly storeOutcome = (call: 'read' | 'commit'): CallOutcome => {
    const error = this.#storeError(call);
    if (error !== 'none') this.onStoreError(error);
    this.#hasJustFailed = error !== 'none';
    const isSlow = this.chance(this.profile.store.slow);
    const mostMs = isSlow ? 1_500 : 4;
    return { thereMs: this.#prng.between(0.01, mostMs), backMs: this.#prng.between(0.01, mostMs), error };
  };

  #storeError(call: 'read' | 'commit'): CallOutcome['error'] {
    const { errorBefore, errorAfter } = this.profile.store;
    // What is on its way when the store goes away may still have been done.
    if (this.#isStoreOut) return call === 'commit' && this.chance(0.1) ? 'after' : 'before';
    // Errors seldom come alone.
    if (this.chance(this.#hasJustFailed ? 0.4 : errorBefore)) return 'before';
    return call === 'commit' && this.chance(errorAfter) ? 'after' : 'none';
  }
}
