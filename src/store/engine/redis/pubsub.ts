import type { ScheduleTimer } from '../../../domain/clock.ts';
import { watchPings } from './ping-watchdog.ts';

/** Told of each message of a channel; of an empty one where some may have been missed. */
type Listener = (message: Buffer) => void;

/** What is needed of a client of Redis. */
interface Client {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  destroy(): void;
  ping(): Promise<unknown>;
  sSubscribe(channel: string, listener: Listener, isBuffer: true): Promise<unknown>;
  sUnsubscribe(channel: string): Promise<unknown>;
}

/** The connection that messages come by. It listens to the same channels again whenever it comes back. */
export class RedisPubSub {
  readonly #client: Client;
  readonly #delay: ScheduleTimer;
  readonly #timeoutMs: number;
  readonly #endWatch: () => void;
  /** The channels that somebody wants to hear, with when they are first listened to. */
  readonly #channels = new Map<string, Promise<void>>();
  #state: 'open' | 'closed' = 'open';

  constructor(client: Client, delay: ScheduleTimer, timeoutMs: number) {
    this.#client = client;
    this.#delay = delay;
    this.#timeoutMs = timeoutMs;
    this.#endWatch = watchPings(client, delay, () => this.renew());
  }

  connect(): Promise<unknown> {
    return this.#client.connect();
  }

  /** Resolves when the channel is listened to, or when that takes long; then the listener is called once it is. */
  async subscribe(channel: string, listener: Listener): Promise<void> {
    const listening = this.#channels.get(channel) ?? this.#listen(channel, listener);
    this.#channels.set(channel, listening);
    await Promise.race([listening, this.#timeout()]);
  }

  unsubscribe(channel: string): void {
    this.#channels.delete(channel);
    this.#client.sUnsubscribe(channel).catch(ignore);
  }

  /** Leaves the connection for a new one. */
  renew(): void {
    if (this.#state === 'closed' || !this.#client.isReady) return;
    this.#client.destroy();
    this.#client.connect().catch(ignore);
  }

  close(): void {
    this.#state = 'closed';
    this.#endWatch();
    this.#channels.clear();
    if (this.#client.isOpen) this.#client.destroy();
  }

  /** What fails, because the connection ended, is tried again for as long as somebody wants to hear. */
  async #listen(channel: string, listener: Listener): Promise<void> {
    do {
      const isListening = await this.#client.sSubscribe(channel, listener, true).then(
        () => true,
        () => false,
      );
      // What was told before is missed, so that there may be news.
      if (isListening) return listener(Buffer.alloc(0));
      await this.#timeout();
    } while (this.#channels.has(channel));
  }

  #timeout(): Promise<void> {
    return new Promise((resolve) => {
      this.#delay(this.#timeoutMs, resolve);
    });
  }
}

function ignore(): void {}
