/** Runs work that has the same name one after another, in the order in which it was given. */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<void>>();

  /** Settles as the work does. */
  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const running = (this.#last.get(name) ?? Promise.resolve()).then(work);
    const over = (): void => {
      if (this.#last.get(name) === last) this.#last.delete(name);
    };
    const last = running.then(over, over);
    this.#last.set(name, last);
    return running;
  }
}
