/** Work that nobody waits for at the moment, but that must be over before the store closes. */
export class BackgroundTasks {
  readonly #running = new Set<Promise<void>>();

  /** Takes note of work; what it throws goes to `onError`. */
  run(work: Promise<void>, onError: (error: unknown) => void): void {
    const running = work.catch(onError).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when all work begun so far is over. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
