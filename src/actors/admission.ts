import { fromCallback } from 'xstate';
import type { SessionAddress } from '../domain/session.ts';
import type { SocketCommand } from './socket/port.ts';

/** Logins that may be in progress at the same time in this process. */
const maxConcurrent = 10;

/**
 * Limits the logins in progress, so that a start with many sessions neither floods WhatsApp nor starves the rest of
 * the process. Each session's machine invokes `actor` while it connects; the place is freed when that ends.
 */
export class Admission {
  readonly #queue: (() => void)[] = [];
  #active = 0;
  #gate: 'open' | 'closed' = 'open';

  readonly actor = fromCallback<SocketCommand, SessionAddress>(({ sendBack }) => {
    let admitted = false;
    const grant = (): void => {
      admitted = true;
      sendBack({ type: 'admission.granted' });
    };
    this.#enter(grant);
    return () => this.#leave(admitted, grant);
  });

  /** Admits nobody until {@link open}; who was admitted before stays so. */
  close(): void {
    this.#gate = 'closed';
  }

  open(): void {
    this.#gate = 'open';
    this.#admit();
  }

  #enter(grant: () => void): void {
    this.#queue.push(grant);
    this.#admit();
  }

  #leave(admitted: boolean, grant: () => void): void {
    if (admitted) this.#active -= 1;
    else this.#queue.splice(this.#queue.indexOf(grant), 1);
    this.#admit();
  }

  #admit(): void {
    while (this.#gate === 'open' && this.#active < maxConcurrent) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#active += 1;
      next();
    }
  }
}
