import type { Api } from './api.ts';
import { type Failure, failureOf, unreachable } from './failure.ts';
import { parseSvg } from './parse-svg.ts';
import { LinkCode, pathOf } from './resources.ts';

/** A picture of a code to scan, and until when it holds, by the gateway's clock. */
export interface QrCode {
  picture: SVGSVGElement;
  /** What the picture says. */
  code: string;
  expiresAt: number;
}

/** How long WhatsApp takes to hand out a code, mostly less. */
const patienceMs = 2_000;

/** The codes that link a phone with a session. They are renewed while the session waits for a phone. */
export class Linking {
  qr: QrCode | null = null;
  typed: LinkCode | null = null;
  /** Why there is no code; null while there is one, or one is on its way. */
  problem: Failure | null = null;
  readonly #session: string;
  readonly #api: Api;
  readonly #changed: () => void;
  readonly #ending = new AbortController();
  #asking: Promise<void> | null = null;

  constructor(session: string, api: Api, changed: () => void) {
    this.#session = session;
    this.#api = api;
    this.#changed = changed;
  }

  /**
   * To be called now and then, with since when the session waits for a phone (null while it does not). A code that should
   * be there is asked for; mostly an event has told of it before.
   */
  tick(pairingSince: number | null): void {
    if (pairingSince === null) this.qr = null;
    const isHopeless = this.problem !== null && this.problem.status === 403;
    if (pairingSince === null || isHopeless) return;
    const dueAt = (this.qr?.expiresAt ?? pairingSince) + patienceMs;
    if (this.#api.now() > dueAt) this.renew();
  }

  /** Asks for the code to scan; a session that is not linked begins to wait for a phone with that. */
  renew(): void {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
      this.#changed();
    });
  }

  /** Asks WhatsApp for a code that is typed on the phone with that number. */
  async askForCode(phone: string): Promise<void> {
    const ask = { body: { phone }, signal: this.#ending.signal };
    const answer = await this.#api.call('POST', pathOf(this.#session, '/pairing-code'), LinkCode, ask);
    this.typed = answer.ok ? answer.value : null;
    this.problem = answer.ok ? null : answer.failure;
    this.#changed();
  }

  close(): void {
    this.#ending.abort();
  }

  async #ask(): Promise<void> {
    const { signal } = this.#ending;
    const answer = await this.#api.call('GET', pathOf(this.#session, '/qr'), LinkCode, { signal });
    if (!answer.ok) {
      // There is none until WhatsApp has handed one out.
      this.problem = answer.failure.status === 404 ? null : answer.failure;
      return;
    }
    const picture = await this.#draw();
    if (picture !== null) this.qr = { picture, ...answer.value };
  }

  async #draw(): Promise<SVGSVGElement | null> {
    try {
      const init = { headers: { accept: 'image/svg+xml' }, signal: this.#ending.signal };
      const response = await this.#api.fetch(pathOf(this.#session, '/qr'), init);
      this.problem = response.ok ? null : failureOf(response, await response.json());
      return response.ok ? parseSvg(await response.text()) : null;
    } catch {
      this.problem = unreachable;
      return null;
    }
  }
}
