/** Beyond this many messages are delivered at once. */
const LARGEST_COUNT = 1000;

/** What a phone has sent and the network holds back, so that later messages overtake it. */
export class HeldStanzas {
  #times = 0;
  #held: (() => void)[] = [];

  /** Holds the next `times` messages back. */
  next(times: number): void {
    this.#times = times;
  }

  /** Delivers a message, or holds it back. */
  pass(deliver: () => void): void {
    if (this.#times === 0 || this.#held.length >= LARGEST_COUNT) {
      deliver();
      return;
    }
    this.#times -= 1;
    this.#held.push(deliver);
  }

  /** Delivers what is held back, in the order in which it was sent. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    this.#times = 0;
    for (const deliver of held) deliver();
  }
}
