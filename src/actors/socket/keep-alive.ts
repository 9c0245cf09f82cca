import { S_WHATSAPP_NET, type WASocket } from '@whiskeysockets/baileys';
import type { Clock } from '../../domain/clock.ts';

/** After so long without a frame, WhatsApp is asked whether it is there; it has this long to show it. */
const quietMs = 30_000;
const answerMs = 10_000;

export interface KeepAliveDeps {
  clock: Clock;
  /** Asks for a sign of life. */
  ping: () => void;
  /** No frame has come although one was asked for; told once, and nothing runs any more then. */
  onSilence: () => void;
}

/**
 * Watches an open connection for the silence of a dead one, which no error announces. Any frame is a sign of life.
 * It costs one timer that outlasts many frames; `stop` calls it off.
 */
export class KeepAlive {
  readonly #deps: KeepAliveDeps;
  #heardAt: number;
  #callOff: () => void;

  constructor(deps: KeepAliveDeps) {
    this.#deps = deps;
    this.#heardAt = deps.clock.now();
    this.#callOff = deps.clock.after(quietMs, () => this.#look());
  }

  heard(): void {
    this.#heardAt = this.#deps.clock.now();
  }

  stop(): void {
    this.#callOff();
  }

  #look(): void {
    const { clock, ping } = this.#deps;
    const askedAt = clock.now();
    const remainingMs = this.#heardAt + quietMs - askedAt;
    if (remainingMs > 0) {
      this.#callOff = clock.after(Math.ceil(remainingMs), () => this.#look());
      return;
    }
    this.#callOff = clock.after(answerMs, () => this.#judge(askedAt));
    ping();
  }

  #judge(askedAt: number): void {
    if (this.#heardAt >= askedAt) this.#look();
    else this.#deps.onSilence();
  }
}

/** Watches a logged-in connection; `onDead` when nothing is heard of WhatsApp, or it cannot even be asked. */
export function watch(socket: WASocket, clock: Clock, onDead: (error: unknown) => void): KeepAlive {
  const ping = (): void => {
    const attrs = { id: socket.generateMessageTag(), to: S_WHATSAPP_NET, type: 'get', xmlns: 'w:p' };
    socket.sendNode({ tag: 'iq', attrs, content: [{ tag: 'ping', attrs: {} }] }).catch(onDead);
  };
  return new KeepAlive({ clock, ping, onSilence: () => onDead(new Error('WhatsApp has fallen silent')) });
}
