/** Work that no caller awaits, but that must finish before the store closes. */
export class BackgroundTasks {
  readonly #running = new Set<Promise<void>>();

  /** Tracks work; a rejection goes to `onError`. */
  run(work: Promise<void>, onError: (error: unknown) => void): void {
    const running = work.catch(onError).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when all work tracked so far has finished. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
