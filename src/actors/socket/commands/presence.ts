import type { WASocket } from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import { errorFacts } from '../../../domain/errors.ts';

interface PresenceDeps {
  /** Whether the number is to be online from the login on, which Baileys announces. */
  isOnline: boolean;
  /** Whether it is to be online now. */
  wanted: () => Promise<boolean>;
  logger: Logger;
}

/**
 * Whether this number is "online". Only then do writers see that their messages arrived and were read, and recipients that
 * somebody types; and only while it is not does the phone ring for what arrives.
 */
export class Presence {
  readonly #socket: WASocket;
  readonly #deps: PresenceDeps;
  #isOnline: boolean;
  /** The account's name when that was announced; undefined while it was not known. */
  #announcedAs: string | undefined;

  constructor(socket: WASocket, deps: PresenceDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#isOnline = deps.isOnline;
    this.#announcedAs = this.#name;
    // Before the login, so that it holds for the receipts of what has waited.
    if (deps.isOnline) this.#confirmVisibly();
  }

  /** Announces the number as online or offline, unless it already is. Failures are logged. */
  update(): void {
    const announce = async (): Promise<void> => {
      const isOnline = await this.#deps.wanted();
      if (isOnline === this.#isOnline) return;
      this.#isOnline = isOnline;
      this.#confirmVisibly();
      await this.#announce();
    };
    this.#log(announce());
  }

  /**
   * To be called when the account's name may have become known: WhatsApp accepts no announcement without it, and the phone
   * tells it some time after linking.
   */
  nameChanged(): void {
    if (this.#isOnline && this.#name !== this.#announcedAs) this.#log(this.#announce());
  }

  get #name(): string | undefined {
    return this.#socket.authState.creds.me?.name;
  }

  async #announce(): Promise<void> {
    this.#announcedAs = this.#name;
    if (this.#name) await this.#socket.sendPresenceUpdate(this.#isOnline ? 'available' : 'unavailable');
  }

  /** Baileys chooses the type of its receipts by this event, which it does not emit itself while the name is unknown. */
  #confirmVisibly(): void {
    this.#socket.ev.emit('connection.update', { isOnline: this.#isOnline });
  }

  #log(announced: Promise<void>): void {
    announced.catch((error: unknown) => this.#deps.logger.warn(errorFacts(error), 'presence could not be announced'));
  }
}
