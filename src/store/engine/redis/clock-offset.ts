/** How far two clocks may drift apart in a millisecond: the rate by which NTP slews a clock. */
const maxDrift = 0.0005;

/** When a request was sent and answered by our clock, and the other clock's time in the answer. In milliseconds. */
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
 * Another clock's time minus ours, from samples. The error of a sample is at most half its round trip. The sample with
 * the shortest round trip counts until drift makes it worse than a newer one, or a newer one contradicts it because a
 * clock was set.
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
