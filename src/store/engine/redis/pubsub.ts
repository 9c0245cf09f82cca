import type { ScheduleTimer } from '../../../domain/clock.ts';
import { watchPings } from './ping-watchdog.ts';

/** Called with each message of a channel; with an empty one where some may have been missed. */
type Listener = (message: Buffer) => void;

/** The part of the Redis client that is used here. */
interface Client {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  destroy(): void;
  ping(): Promise<unknown>;
  sSubscribe(channel: string, listener: Listener, isBuffer: true): Promise<unknown>;
  sUnsubscribe(channel: string): Promise<unknown>;
}

/** The connection for pub/sub messages. It subscribes to its channels again whenever it reconnects. */
export class RedisPubSub {
  readonly #client: Client;
  readonly #delay: ScheduleTimer;
  readonly #timeoutMs: number;
  readonly #stopPings: () => void;
  /** The channels to listen to, each with its first subscription. */
  readonly #channels = new Map<string, Promise<void>>();
  #state: 'open' | 'closed' = 'open';

  constructor(client: Client, delay: ScheduleTimer, timeoutMs: number) {
    this.#client = client;
    this.#delay = delay;
    this.#timeoutMs = timeoutMs;
    this.#stopPings = watchPings(client, delay, () => this.renew());
  }

  connect(): Promise<unknown> {
    return this.#client.connect();
  }

  /** Resolves when the channel is subscribed to, or after the timeout; the listener is called once it is. */
  async subscribe(channel: string, listener: Listener): Promise<void> {
    const listening = this.#channels.get(channel) ?? this.#listen(channel, listener);
    this.#channels.set(channel, listening);
    await Promise.race([listening, this.#timeout()]);
  }

  unsubscribe(channel: string): void {
    this.#channels.delete(channel);
    this.#client.sUnsubscribe(channel).catch(ignore);
  }

  /** Replaces the connection. */
  renew(): void {
    if (this.#state === 'closed' || !this.#client.isReady) return;
    this.#client.destroy();
    this.#client.connect().catch(ignore);
  }

  close(): void {
    this.#state = 'closed';
    this.#stopPings();
    this.#channels.clear();
    if (this.#client.isOpen) this.#client.destroy();
  }

  /** Subscribes; retries when the connection ended, until `unsubscribe`. */
  async #listen(channel: string, listener: Listener): Promise<void> {
    do {
      const isListening = await this.#client.sSubscribe(channel, listener, true).then(
        () => true,
        () => false,
      );
      // Messages before this were missed.
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
