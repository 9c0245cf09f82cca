import { S_WHATSAPP_NET, type WASocket } from '@whiskeysockets/baileys';
import type { Clock } from '../../../domain/clock.ts';

/** A ping is sent after this time without a frame; any frame must arrive within the timeout. */
const quietMs = 30_000;
const pingTimeoutMs = 10_000;

export interface KeepAliveDeps {
  clock: Clock;
  ping: () => void;
  /** Called once when no frame follows a ping; no timer runs any more then. */
  onTimeout: () => void;
}

/**
 * Detects a dead connection, which no error announces, by its silence. It costs one timer, which is not renewed for each
 * frame; `stop` cancels it.
 */
export class KeepAlive {
  readonly #deps: KeepAliveDeps;
  #lastFrameAt: number;
  #cancel: () => void;

  constructor(deps: KeepAliveDeps) {
    this.#deps = deps;
    this.#lastFrameAt = deps.clock.now();
    this.#cancel = deps.clock.after(quietMs, () => this.#check());
  }

  onFrame(): void {
    this.#lastFrameAt = this.#deps.clock.now();
  }

  stop(): void {
    this.#cancel();
  }

  #check(): void {
    const { clock, ping } = this.#deps;
    const pingedAt = clock.now();
    const remainingMs = this.#lastFrameAt + quietMs - pingedAt;
    if (remainingMs > 0) {
      this.#cancel = clock.after(Math.ceil(remainingMs), () => this.#check());
      return;
    }
    this.#cancel = clock.after(pingTimeoutMs, () => this.#checkAnswer(pingedAt));
    ping();
  }

  #checkAnswer(pingedAt: number): void {
    if (this.#lastFrameAt >= pingedAt) this.#check();
    else this.#deps.onTimeout();
  }
}

/** The keep-alive of a logged-in connection; `onDead` is called when a ping fails or is not answered. */
export function startKeepAlive(socket: WASocket, clock: Clock, onDead: (error: unknown) => void): KeepAlive {
  const ping = (): void => {
    const attrs = { id: socket.generateMessageTag(), to: S_WHATSAPP_NET, type: 'get', xmlns: 'w:p' };
    socket.sendNode({ tag: 'iq', attrs, content: [{ tag: 'ping', attrs: {} }] }).catch(onDead);
  };
  return new KeepAlive({ clock, ping, onTimeout: () => onDead(new Error('WhatsApp does not answer pings')) });
}
