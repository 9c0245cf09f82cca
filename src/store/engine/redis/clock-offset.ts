/** How far two clocks may drift apart in a millisecond: as much as NTP makes a clock run faster or slower. */
const maxDrift = 0.0005;

/** When a question was sent and answered, by our clock, and the time that the answer says. All in milliseconds. */
export interface TimeSample {
  sentAt: number;
  receivedAt: number;
  time: number;
}

interface Estimate {
  offsetMs: number;
  /** By how much it may be wrong at `at`. */
  errorMs: number;
  at: number;
}

/**
 * Another clock's time minus ours, from samples. Each says it up to half of the time that its answer took; the one that
 * took the shortest counts, until it is too old or another proves it wrong, because a clock was set.
 */
export class ClockOffset {
  #known: Estimate | null = null;

  /** Null before the first sample. */
  get ms(): number | null {
    return this.#known?.offsetMs ?? null;
  }

  learn({ sentAt, receivedAt, time }: TimeSample): void {
    const estimate = {
      offsetMs: time - (sentAt + receivedAt) / 2,
      errorMs: (receivedAt - sentAt) / 2,
      at: receivedAt,
    };
    if (this.#known === null || isBetter(estimate, this.#known)) this.#known = estimate;
  }
}

function isBetter(sample: Estimate, known: Estimate): boolean {
  const knownErrorMs = known.errorMs + (sample.at - known.at) * maxDrift;
  const apartMs = Math.abs(sample.offsetMs - known.offsetMs);
  return sample.errorMs <= knownErrorMs || apartMs > sample.errorMs + knownErrorMs;
}
