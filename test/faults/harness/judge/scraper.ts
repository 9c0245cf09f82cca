import { type Figures, figuresAt } from '../../../support/prometheus-text.ts';

/** Reads the metrics of a gateway over and over, as Prometheus does, over its lives. */
export class Scraper implements AsyncDisposable {
  readonly readings: Figures[] = [];
  /** How long the slowest reading took. */
  slowestMs = 0;
  /** Readings that were refused or could not be understood, while the gateway ran. */
  failed = 0;
  readonly #url: () => string;
  readonly #token: string;
  readonly #timer: NodeJS.Timeout;
  #reading: Promise<unknown> = Promise.resolve();
  #state: 'reading' | 'paused' = 'reading';

  constructor(url: () => string, token: string, everyMs: number) {
    this.#url = url;
    this.#token = token;
    this.#timer = setInterval(() => {
      if (this.#state === 'reading') this.#reading = this.read().catch(() => undefined);
    }, everyMs);
  }

  /** Reads now, beside the usual readings. */
  async read(): Promise<Figures> {
    const began = performance.now();
    try {
      const figures = await figuresAt(`${this.#url()}/metrics`, this.#token);
      this.readings.push(figures);
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
      return figures;
    } catch (error) {
      if (this.#state === 'reading') this.failed += 1;
      throw error;
    }
  }

  /** Reads nothing until `resume`: the gateway is away. */
  async pause(): Promise<void> {
    this.#state = 'paused';
    await this.#reading;
  }

  resume(): void {
    this.#state = 'reading';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.pause();
  }
}
