import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 10;
const windowMs = 200;

/** Tells again and again how late this process is in doing what is due: the mean of a window, in milliseconds. */
export class LoopDelay implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #timer: NodeJS.Timeout;

  constructor(onWindow: (delayMs: number) => void) {
    this.#histogram.enable();
    this.#timer = setInterval(() => onWindow(this.#take()), windowMs).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  /** What is measured is the time between two looks, which are a resolution apart when nothing is late. */
  #take(): number {
    const { mean, count } = this.#histogram;
    this.#histogram.reset();
    return count === 0 ? 0 : Math.max(0, mean / 1e6 - resolutionMs);
  }
}
