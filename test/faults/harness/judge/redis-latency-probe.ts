import { withRedis } from '../../../support/redis/redis-client.ts';

const everyMs = 100;

/** How long Redis takes to answer anything at all on this machine, asked over and over while it runs. */
export class RedisLatencyProbe implements AsyncDisposable {
  readonly #pings: { readonly at: number; readonly ms: number }[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(url: string) {
    this.#timer = setInterval(() => {
      const pinging = this.#ping(url).finally(() => this.#running.delete(pinging));
      this.#running.add(pinging);
    }, everyMs);
  }

  /** The slowest answer that was awaited between two moments; 0 when there was none. */
  slowest(from: number, to: number): number {
    return Math.max(0, ...this.#pings.filter(({ at, ms }) => at <= to && at + ms >= from).map(({ ms }) => ms));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  /** A Redis that is gone has no redisLatency. */
  async #ping(url: string): Promise<void> {
    const at = performance.now();
    const isAnswered = await withRedis(url, (client) => client.ping()).then(
      () => true,
      () => false,
    );
    if (isAnswered) this.#pings.push({ at, ms: performance.now() - at });
  }
}
