import type { Prng } from '../prng.ts';
import type { Fate } from './faulty-store.ts';

/** Which faults a run has, and how often. Each run has some of them only, so that each also meets calm beside storm. */
export interface Climate {
  /** Of each call of the store. */
  store: { slow: number; errorBefore: number; errorAfter: number };
  /** Milliseconds between the beginnings of times in which the store cannot be used at all; infinite for none. */
  outageEveryMs: number;
  /** Milliseconds between deaths of the process at a moment of no meaning, and the chance of one at telling moments. */
  crashEveryMs: number;
  crashAtWindow: number;
  /** Of each message: what becomes of it at WhatsApp. Weights. */
  messages: Readonly<Record<MessageFate, number>>;
  /** Of each login. Weights. */
  logins: Readonly<Record<LoginFate, number>>;
  /** Milliseconds that a connection lasts on average. */
  disconnectEveryMs: number;
  /** Milliseconds between jumps of the wall clock; infinite for none. */
  clockJumpEveryMs: number;
}

export type MessageFate =
  | 'taken'
  | 'taken and acknowledged late'
  | 'taken and acknowledged twice'
  | 'taken and never acknowledged'
  | 'taken and cut off'
  | 'refused'
  | 'cut off'
  | 'lost';

export type LoginFate = 'in' | 'slow' | 'silent' | 'failed' | 'turned away';

const minuteMs = 60_000;

function drawClimate(dice: Prng): Climate {
  const some = (often: number): number => (dice.chance(0.6) ? dice.between(0, often) : 0);
  const every = (leastMs: number, mostMs: number): number =>
    dice.chance(0.6) ? dice.between(leastMs, mostMs) : Number.POSITIVE_INFINITY;
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

/** Faults as they are at the moment. While it is calm there are none. */
export class FaultModel {
  readonly #dice: Prng;
  readonly climate: Climate;
  #state: 'storm' | 'calm' = 'calm';
  #isStoreOut = false;
  #hasJustFailed = false;
  /** Told of each error that the store answers with. */
  onStoreError: (error: 'before' | 'after') => void = () => undefined;

  constructor(dice: Prng) {
    this.#dice = dice;
    this.climate = drawClimate(dice);
  }

  get isCalm(): boolean {
    return this.#state === 'calm';
  }

  turn(state: 'storm' | 'calm'): void {
    this.#state = state;
    this.#isStoreOut = false;
  }

  set isStoreOut(isOut: boolean) {
    this.#isStoreOut = isOut && !this.isCalm;
  }

  chance(probability: number): boolean {
    return !this.isCalm && this.#dice.chance(probability);
  }

  messageFate(): MessageFate {
    return this.isCalm ? 'taken' : this.#dice.pick(this.climate.messages);
  }

  loginFate(): LoginFate {
    return this.isCalm ? 'in' : this.#dice.pick(this.climate.logins);
  }

  readonly storeFate = (call: 'read' | 'commit'): Fate => {
    const error = this.#storeError(call);
    if (error !== 'none') this.onStoreError(error);
    this.#hasJustFailed = error !== 'none';
    const isSlow = this.chance(this.climate.store.slow);
    const mostMs = isSlow ? 1_500 : 4;
    return { thereMs: this.#dice.between(0.01, mostMs), backMs: this.#dice.between(0.01, mostMs), error };
  };

  #storeError(call: 'read' | 'commit'): Fate['error'] {
    const { errorBefore, errorAfter } = this.climate.store;
    // What is on its way when the store goes away may still have been done.
    if (this.#isStoreOut) return call === 'commit' && this.chance(0.1) ? 'after' : 'before';
    // Errors seldom come alone.
    if (this.chance(this.#hasJustFailed ? 0.4 : errorBefore)) return 'before';
    return call === 'commit' && this.chance(errorAfter) ? 'after' : 'none';
  }
}
