import type { Socket } from 'node:net';

/** How long the peer may take to finish the close handshake, and Baileys to notice after that. */
const timeoutMs = 3_000;

/** Destroys the TCP socket if the peer does not finish the close handshake within 3 s; Baileys would wait for 30 s. */
export class CloseTimeout {
  readonly #onOverdue: () => void;
  #tcp: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param onOverdue called when Baileys has not reported the end 3 s after that */
  constructor(onOverdue: () => void) {
    this.#onOverdue = onOverdue;
  }

  /** Sets the socket to destroy. */
  attach(tcp: Socket): void {
    this.#tcp = tcp;
  }

  /** Starts the timeout, unless it runs already. */
  arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#tcp?.destroy();
      this.#timer = setTimeout(this.#onOverdue, timeoutMs);
    }, timeoutMs);
  }

  /** To be called when the connection has ended. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
