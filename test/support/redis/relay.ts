import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * A way to a Redis, which leads to another one when that is asked for, as a failover does, and over which nothing comes
 * while it is cut: connections stay open, and whoever connects is kept waiting.
 */
export class Relay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: URL;
  #state: 'whole' | 'cut' = 'whole';
  #latency = { thereMs: 0, backMs: 0 };

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @param target the address of a server, with its port */
  static async open(target: string): Promise<Relay> {
    const relay = new Relay(target);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  /** The address of the server by way of this. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('a relay that is not open');
    const url = new URL(this.#target);
    url.host = `127.0.0.1:${address.port}`;
    return url.href;
  }

  /** New connections go there; those that are open stay where they are. */
  pointTo(target: string): void {
    this.#target = new URL(target);
  }

  /** How long what is sent takes from now on, to the server and back from it. */
  slow(latency: { thereMs: number; backMs: number }): void {
    this.#latency = latency;
  }

  /** Nothing comes through the connections that are open any more, and nobody is told; new ones work. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  cut(): void {
    this.#state = 'cut';
    this.freeze();
  }

  heal(): void {
    this.#state = 'whole';
    for (const socket of this.#sockets) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(near: Socket): void {
    const far = connect(Number(this.#target.port), this.#target.hostname);
    this.#join(near, far, () => this.#latency.thereMs);
    this.#join(far, near, () => this.#latency.backMs);
  }

  #join(from: Socket, to: Socket, latencyMs: () => number): void {
    this.#sockets.add(from);
    let passed = Promise.resolve();
    from.on('data', (chunk) => {
      const ms = latencyMs();
      const due = ms === 0 ? Promise.resolve() : pause(ms);
      // In the order of arrival, also when the latency changes.
      passed = Promise.all([passed, due]).then(() => void to.write(chunk));
    });
    from.on('error', () => undefined);
    from.once('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#state === 'cut') from.pause();
  }
}
