import { createClient, ErrorReply, RESP_TYPES } from 'redis';
import { backoffLimitMs } from '../../../domain/backoff.ts';
import { type ScheduleTimer, systemTimer } from '../../../domain/clock.ts';
import { unavailable } from '../unavailable.ts';
import { ClockOffset } from './clock-offset.ts';
import { toTime } from './decode-replies.ts';
import { RedisPubSub } from './pubsub.ts';
import { allScripts, hashOf } from './scripts.ts';

/** How long a command waits for its reply before it counts as failed; see {@link RedisConnection.deadline}. */
const replyTimeoutMs = 800;

/** How long before its caller gives up a commit must be applied. */
const deadlineMarginMs = 100;

/** After so long without any reply the connection is replaced. */
const silenceMs = 5_000;

const maxReconnectMs = 500;

/** How often, at most, a connection to a read-only server is replaced: until there is a primary it can still be read. */
const replaceReadOnlyMs = 2_000;

/** How often Redis's time is read again, and how many times in a row, as any single reply may be late. */
const timeMs = 60_000;
const timeSamples = 5;

/** Commands that may wait for their replies; further ones are refused. */
const maxPending = 20_000;

type Client = ReturnType<typeof newClient>;
export type Argument = string | Buffer;

interface ConnectionOptions {
  url: string;
  /** Called with every new connection, the first one too, before any command is sent on it. */
  onReady?: () => void;
  delay?: ScheduleTimer;
}

function newClient(url: string) {
  return createClient({
    url,
    RESP: 3,
    // A command fails at once when Redis cannot be reached, and is never sent after it was reported as failed.
    disableOfflineQueue: true,
    commandsQueueMaxLength: maxPending,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: 2_000,
      reconnectStrategy: (retries) =>
        backoffLimitMs(retries, { baseMs: 20, capMs: maxReconnectMs }) + Math.floor(Math.random() * 50),
    },
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}

/**
 * One connection to Redis for all commands, which it answers in the order in which they were sent, and one for
 * pub/sub messages. Both reconnect by themselves. Every failure rejects with a `GatewayError` of code `unavailable`.
 */
export class RedisConnection implements AsyncDisposable {
  readonly #options: ConnectionOptions;
  readonly #delay: ScheduleTimer;
  #commands: Client;
  readonly #messages: RedisPubSub;
  /** Redis's time minus our monotonic clock. */
  readonly #offset = new ClockOffset();
  #cancelTime: () => void = () => undefined;
  #repliedAt = performance.now();
  #replacedAt = Number.NEGATIVE_INFINITY;
  #state: 'open' | 'closed' = 'open';
  /** Called before any command is sent on a new connection, except the first: Redis may have lost data. */
  onReconnected: () => void = () => undefined;

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#delay = options.delay ?? systemTimer;
    this.#commands = this.#newCommands();
    const messages = newClient(options.url).on('error', ignore);
    if (options.onReady !== undefined) messages.on('ready', options.onReady);
    this.#messages = new RedisPubSub(messages, this.#delay, replyTimeoutMs);
  }

  /** Rejects with the last error when Redis cannot be reached in time, and with the reason of the signal once it aborts. */
  static async open(
    options: ConnectionOptions,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<RedisConnection> {
    signal?.throwIfAborted();
    const connection = new RedisConnection(options);
    let last: unknown = new Error('no answer');
    connection.#commands.on('error', (error: unknown) => {
      last = error;
    });
    const late = Promise.withResolvers<never>();
    const cancel = connection.#delay(timeoutMs, () => late.reject(last));
    const onAbort = (): void => late.reject(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    try {
      await Promise.race([Promise.all([connection.#commands.connect(), connection.#messages.connect()]), late.promise]);
      await connection.learnTime();
      connection.#scheduleTime();
      return connection;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      cancel();
    }
  }

  /** Sends a command. */
  send(command: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#answered(() => this.#commands.sendCommand([command, ...args]));
  }

  /** Runs a script by its hash; all scripts are loaded when a connection opens. */
  async run(script: string, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    return this.#answered(async () => {
      try {
        return await this.#commands.sendCommand(['EVALSHA', hashOf(script), ...rest]);
      } catch (error) {
        if (codeOf(error) !== 'NOSCRIPT') throw error;
        return this.#commands.sendCommand(['EVAL', script, ...rest]);
      }
    });
  }

  /**
   * Redis's time, in epoch milliseconds, until which a commit that is sent now may be applied. Later its caller may
   * already have reported that it was not.
   */
  deadline(): string {
    const offsetMs = this.#offset.ms;
    if (offsetMs === null) throw unavailable('The time of Redis is not known yet.');
    return String(Math.floor(performance.now() + offsetMs + replyTimeoutMs - deadlineMarginMs));
  }

  /** Redis's time, in epoch milliseconds. */
  async readTime(): Promise<number> {
    const sentAt = performance.now();
    const time = toTime(await this.send('TIME'));
    this.#offset.learn({ sentAt, receivedAt: performance.now(), time });
    return time;
  }

  /** Measures the offset of Redis's clock again: a clock may have been set or drifted, or the server be another one. */
  async learnTime(): Promise<void> {
    for (let samples = 0; samples < timeSamples; samples += 1) await this.readTime();
  }

  /** Resolves when the channel is subscribed to; without a connection, that happens when there is one. */
  subscribe(channel: string, listener: (message: Buffer) => void): Promise<void> {
    return this.#messages.subscribe(channel, listener);
  }

  unsubscribe(channel: string): void {
    this.#messages.unsubscribe(channel);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelTime();
    // Commands in flight are answered first; hanging ones are not waited for.
    if (this.#commands.isReady) await Promise.race([this.#commands.close().catch(ignore), this.#timeout()]);
    if (this.#commands.isOpen) this.#commands.destroy();
    this.#messages.close();
  }

  #newCommands(): Client {
    return newClient(this.#options.url)
      .on('error', ignore)
      .on('ready', () => {
        this.#repliedAt = performance.now();
        this.onReconnected();
        for (const script of allScripts) this.#commands.sendCommand(['SCRIPT', 'LOAD', script]).catch(ignore);
        this.learnTime().catch(ignore);
      });
  }

  #scheduleTime(): void {
    this.#cancelTime = this.#delay(timeMs, () => {
      this.#scheduleTime();
      this.learnTime().catch(ignore);
    });
  }

  async #answered(ask: () => Promise<unknown>): Promise<unknown> {
    if (this.#state === 'closed') throw unavailable('The store is closed.');
    const late = Promise.withResolvers<never>();
    const cancel = this.#delay(replyTimeoutMs, () => {
      this.#replaceSilent();
      late.reject(new Error('no reply in time'));
    });
    try {
      const reply = await Promise.race([ask(), late.promise]);
      this.#repliedAt = performance.now();
      return reply;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'READONLY') this.#replaceReadOnly();
      const reason = code === 'OOM' ? 'storage_full' : 'store_unavailable';
      throw unavailable('The store cannot be used at the moment; try again.', { reason, cause: error });
    } finally {
      cancel();
    }
  }

  /** A connection that was cut silently would hang for as long as the system retransmits. */
  #replaceSilent(): void {
    if (this.#commands.isReady && performance.now() - this.#repliedAt >= silenceMs) this.#replaceCommands();
  }

  /** The primary became a replica: its address may lead to another server by now, which takes a new connection. */
  #replaceReadOnly(): void {
    if (!this.#commands.isReady || performance.now() - this.#replacedAt < replaceReadOnlyMs) return;
    this.#replaceCommands();
    this.#messages.renew();
  }

  #replaceCommands(): void {
    this.#replacedAt = performance.now();
    this.#commands.destroy();
    this.#commands = this.#newCommands();
    this.#commands.connect().catch(ignore);
  }

  #timeout(): Promise<void> {
    return new Promise((resolve) => {
      this.#delay(replyTimeoutMs, resolve);
    });
  }
}

/** The client emits each failed attempt to connect; the commands that need the connection fail by themselves. */
function ignore(): void {}

/** The first word of what Redis answered, such as OOM or READONLY; empty when it did not answer. */
function codeOf(error: unknown): string {
  return error instanceof ErrorReply ? (error.message.split(' ', 1)[0] ?? '') : '';
}
