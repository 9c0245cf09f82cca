import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A way to a Redis, which leads to another one when that is asked for, as a failover does, and over which nothing comes
 * while it is cut: connections stay open, and whoever connects is kept waiting.
 */
export class Relay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: URL;
  #state: 'whole' | 'cut' = 'whole';

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
    this.#join(near, far);
    this.#join(far, near);
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (chunk) => void to.write(chunk));
    from.on('error', () => undefined);
    from.once('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    if (this.#state === 'cut') from.pause();
  }
}
