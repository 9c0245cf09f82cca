import { constants } from 'node:os';

const ending = ['SIGTERM', 'SIGINT'] as const;

type EndingSignal = (typeof ending)[number];

/** The reason of an abort: the process got a signal to end. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: EndingSignal;

  constructor(signal: EndingSignal) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/**
 * SIGTERM and SIGINT. After {@link listen}, the first one aborts {@link first} and the second one exits at once, with 1.
 * Process 1, as in a container, does not get signals that it does not listen to, so `listen` must come before anything
 * that takes time.
 */
export class Signals {
  readonly #first = new AbortController();
  /** Called right before a second signal ends the process. */
  onForced: (signal: EndingSignal) => void = () => undefined;

  /** Aborts with the first signal. */
  get first(): AbortSignal {
    return this.#first.signal;
  }

  listen(): AbortSignal {
    for (const signal of ending) process.on(signal, () => this.#receive(signal));
    return this.first;
  }

  #receive(signal: EndingSignal): void {
    if (this.first.aborted) {
      this.onForced(signal);
      process.exit(1);
    }
    this.#first.abort(new Interrupted(signal));
  }
}

/** The name of the signal that has aborted {@link Signals.first}; null when none has. */
export function nameOf({ reason }: AbortSignal): EndingSignal | null {
  return reason instanceof Interrupted ? reason.signal : null;
}

/** The exit code by which a shell reports a signal. */
export function exitCodeOf(first: AbortSignal): number {
  return 128 + constants.signals[nameOf(first) ?? 'SIGTERM'];
}
