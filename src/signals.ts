const ending = ['SIGTERM', 'SIGINT'] as const;

/** Why something was interrupted: the process was sent a signal to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/**
 * The signals that tell this process to end, SIGTERM and SIGINT. The first one aborts {@link first}, the second one
 * ends the process at once, with 1. Without listeners for them the kernel drops them when this is process 1, as it is
 * in a container, so they must be listened to before anything that takes time.
 */
export class Signals {
  readonly #first = new AbortController();
  /** Called right before a second signal ends the process. */
  onForced: (signal: NodeJS.Signals) => void = () => undefined;

  constructor() {
    for (const signal of ending) process.on(signal, () => this.#receive(signal));
  }

  /** Aborts with the first signal; the reason is an {@link Interrupted}. */
  get first(): AbortSignal {
    return this.#first.signal;
  }

  #receive(signal: NodeJS.Signals): void {
    if (this.first.aborted) {
      this.onForced(signal);
      process.exit(1);
    }
    this.#first.abort(new Interrupted(signal));
  }
}
