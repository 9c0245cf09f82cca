import type { SocketEvent } from '../port.ts';
import { pairingLifetimeMs, qrLifetimeMs } from './qr-lifetime.ts';

/** The QR codes of one attempt to link a number. */
export class OfferedQr {
  readonly #now: () => number;
  readonly #emit: (event: SocketEvent) => void;
  #endsAt: number | undefined;

  /** @param now epoch milliseconds */
  constructor(now: () => number, emit: (event: SocketEvent) => void) {
    this.#now = now;
    this.#emit = emit;
  }

  /** When WhatsApp stops waiting for a phone to link, in epoch milliseconds. */
  get endsAt(): number {
    return this.#endsAt ?? this.#now();
  }

  show(code: string): void {
    const now = this.#now();
    const expiresAt = now + qrLifetimeMs(this.#endsAt === undefined);
    this.#endsAt ??= now + pairingLifetimeMs;
    this.#emit({ type: 'socket.qr', code, expiresAt });
  }
}
