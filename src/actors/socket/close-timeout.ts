import type { Socket } from 'node:net';

/** How long the other side may take to answer the closing of a connection before it is cut, and Baileys after that. */
const patienceMs = 3_000;

/** Sees to it that a connection that is ending ends: Baileys waits half a minute for a silent other side. */
export class CloseTimeout {
  readonly #onOverdue: () => void;
  #tcp: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param onOverdue called when the connection is cut and Baileys has not noticed */
  constructor(onOverdue: () => void) {
    this.#onOverdue = onOverdue;
  }

  /** The TCP connection that is to be cut. */
  hold(tcp: Socket): void {
    this.#tcp = tcp;
  }

  /** The end is near. */
  expect(): void {
    this.#timer ??= setTimeout(() => {
      this.#tcp?.destroy();
      this.#timer = setTimeout(this.#onOverdue, patienceMs);
    }, patienceMs);
  }

  /** It has ended. */
  callOff(): void {
    clearTimeout(this.#timer);
  }
}
