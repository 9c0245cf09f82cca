import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 10;
const windowMs = 200;

/** Tells again and again how late this process is in doing what is due: the mean of a window, in milliseconds. */
export class LoopDelay implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #timer: NodeJS.Timeout;
  #beganAt = performance.now();

  constructor(onWindow: (delayMs: number) => void) {
    this.#histogram.enable();
    this.#timer = setInterval(() => onWindow(this.#take()), windowMs).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  #take(): number {
    const { mean, count } = this.#histogram;
    const now = performance.now();
    const elapsedMs = now - this.#beganAt;
    this.#histogram.reset();
    this.#beganAt = now;
    // Without a single look between two windows all of the time was one turn. Otherwise what is measured is the time
    // between two looks, which are a resolution apart when nothing is late.
    return count === 0 ? elapsedMs : Math.max(0, mean / 1e6 - resolutionMs);
  }
}
