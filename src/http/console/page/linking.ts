import type { Api } from './api.ts';
import { type Failure, failureOf, unreachable } from './failure.ts';
import { parseSvg } from './parse-svg.ts';
import { LinkCode, pathOf, type Session } from './resources.ts';

/** A QR code to scan. */
export interface QrCode {
  image: SVGSVGElement;
  /** The encoded text. */
  code: string;
  /** Epoch milliseconds by the gateway's clock. */
  expiresAt: number;
}

/** Whether a phone has accepted a code and no further one is issued. */
export function awaitsPasskey({ status, reason }: Session): boolean {
  return status === 'pairing' && reason === 'passkey_required';
}

/** WhatsApp usually issues a code within this time. */
const issueMs = 2_000;

/** The codes that link a phone to a session. They are renewed while the session waits for a phone. */
export class Linking {
  qr: QrCode | null = null;
  pairingCode: LinkCode | null = null;
  /** Why there is no code; null while there is one, or one is being loaded. */
  problem: Failure | null = null;
  readonly #session: string;
  readonly #api: Api;
  readonly #changed: () => void;
  readonly #closing = new AbortController();
  #loading: Promise<void> | null = null;

  constructor(session: string, api: Api, changed: () => void) {
    this.#session = session;
    this.#api = api;
    this.#changed = changed;
  }

  /**
   * Call it periodically, with the time since which the session waits for a phone (null while it does not). It loads a
   * code that is overdue; usually an event has announced the code before.
   */
  tick(pairingSince: number | null): void {
    if (pairingSince === null) this.qr = null;
    const isForbidden = this.problem !== null && this.problem.status === 403;
    if (pairingSince === null || isForbidden) return;
    const dueAt = (this.qr?.expiresAt ?? pairingSince) + issueMs;
    if (this.#api.now() > dueAt) this.renew();
  }

  /** Loads the QR code, which also starts linking a session that is not linked. */
  renew(): void {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
      this.#changed();
    });
  }

  /** Requests a code to type on the phone with that number. */
  async requestPairingCode(phone: string): Promise<void> {
    const options = { body: { phone }, signal: this.#closing.signal };
    const answer = await this.#api.call('POST', pathOf(this.#session, '/pairing-code'), LinkCode, options);
    this.pairingCode = answer.ok ? answer.value : null;
    this.problem = answer.ok ? null : answer.failure;
    this.#changed();
  }

  close(): void {
    this.#closing.abort();
  }

  async #load(): Promise<void> {
    const { signal } = this.#closing;
    const answer = await this.#api.call('GET', pathOf(this.#session, '/qr'), LinkCode, { signal });
    if (!answer.ok) {
      // 404 until WhatsApp has issued a code.
      this.problem = answer.failure.status === 404 ? null : answer.failure;
      return;
    }
    const image = await this.#loadImage();
    if (image !== null) this.qr = { image, ...answer.value };
  }

  async #loadImage(): Promise<SVGSVGElement | null> {
    try {
      const init = { headers: { accept: 'image/svg+xml' }, signal: this.#closing.signal };
      const response = await this.#api.fetch(pathOf(this.#session, '/qr'), init);
      this.problem = response.ok ? null : failureOf(response, await response.json());
      return response.ok ? parseSvg(await response.text()) : null;
    } catch {
      this.problem = unreachable;
      return null;
    }
  }
}
