/** Runs work one piece at a time, in the order in which it was added. A failure does not stop what follows. */
export class SerialQueue {
  #last: Promise<void> | null = null;

  /** Whether all work that was added has ended. */
  get isIdle(): boolean {
    return this.#last === null;
  }

  /** Settles as the work does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const running = this.settled().then(work);
    const end = (): void => {
      if (this.#last === last) this.#last = null;
    };
    const last = running.then(end, end);
    this.#last = last;
    return running;
  }

  /** Resolves when the work that was added so far has ended, however it did. */
  settled(): Promise<void> {
    return this.#last ?? Promise.resolve();
  }
}

/** A queue for each key: only work of the same key waits. */
export class KeyedSerialQueue {
  readonly #queues = new Map<string, SerialQueue>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? new SerialQueue();
    this.#queues.set(key, queue);
    const running = queue.run(work);
    void queue.settled().then(() => {
      if (queue.isIdle) this.#queues.delete(key);
    });
    return running;
  }

  /** As {@link SerialQueue.settled}, of one key. */
  settled(key: string): Promise<void> {
    return this.#queues.get(key)?.settled() ?? Promise.resolve();
  }
}
