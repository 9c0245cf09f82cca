/** Those who wait, by whom they belong to. Whoever is next is taken from each of them in turn, the oldest first. */
export class FairQueue<T> {
  /** In the order of their turns. */
  readonly #waiting = new Map<string, T[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(name: string, one: T): void {
    const mine = this.#waiting.get(name);
    if (mine === undefined) this.#waiting.set(name, [one]);
    else mine.push(one);
    this.#length += 1;
  }

  /** Takes whose turn it is out of the line. */
  next(): T | undefined {
    for (const [name, waiting] of this.#waiting) {
      const one = waiting.shift();
      // Behind all the others, or out of the line.
      this.#waiting.delete(name);
      if (waiting.length > 0) this.#waiting.set(name, waiting);
      this.#length -= 1;
      return one;
    }
    return undefined;
  }

  /** Takes the newest of those out of the line who have the most in it: nobody with less has to go for them. */
  sendAway(): T | undefined {
    let longest: { name: string; waiting: T[] } | undefined;
    for (const [name, waiting] of this.#waiting) {
      if (longest === undefined || waiting.length > longest.waiting.length) longest = { name, waiting };
    }
    if (longest === undefined) return undefined;
    const one = longest.waiting.pop();
    if (longest.waiting.length === 0) this.#waiting.delete(longest.name);
    this.#length -= 1;
    return one;
  }
}
