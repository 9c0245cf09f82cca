import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';

/** Below this many one-time prekeys on the server more are uploaded, up to the number that a new device begins with. */
const leastPreKeys = 100;
const fullStock = 812;

/** An upload does nothing while another one is in progress, so the stock is counted again after each. */
const maxUploads = 3;

const server = 's.whatsapp.net';

type Server = Pick<WASocket, 'query' | 'generateMessageTag' | 'uploadPreKeys' | 'ws'>;

/**
 * Keeps the server's stock of one-time prekeys large: each person who writes for the first time takes one, and a session
 * that begins without one lacks some of its secrecy. Baileys uploads five at a login that finds five or fewer, and after a
 * notice with fewer than five (7.0.0-rc14, `MIN_PREKEY_COUNT`).
 */
export class PreKeyStock {
  readonly #socket: Server;
  readonly #onFailure: (error: unknown) => void;
  #isFilling = false;

  constructor(socket: Server, onFailure: (error: unknown) => void) {
    this.#socket = socket;
    this.#onFailure = onFailure;
  }

  /** To be called after a login, and when the server says that the stock is low. */
  check(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    this.#fill()
      .catch((error: unknown) => {
        // What ended with the connection is checked after the next login.
        if (this.#socket.ws.isOpen) this.#onFailure(error);
      })
      .finally(() => {
        this.#isFilling = false;
      });
  }

  async #fill(): Promise<void> {
    for (let uploads = 0; uploads < maxUploads; uploads += 1) {
      const count = await this.#count();
      if (count === undefined || count >= leastPreKeys) return;
      await this.#socket.uploadPreKeys(fullStock - count);
    }
  }

  /** Undefined when the server does not answer. */
  async #count(): Promise<number | undefined> {
    const attrs = { id: this.#socket.generateMessageTag(), xmlns: 'encrypt', type: 'get', to: server };
    const answer: BinaryNode | undefined = await this.#socket.query({
      tag: 'iq',
      attrs,
      content: [{ tag: 'count', attrs: {} }],
    });
    const content = Array.isArray(answer?.content) ? answer.content : [];
    const count = Number(content.find(({ tag }) => tag === 'count')?.attrs['value']);
    return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
  }
}

/** Whether a notification says that the stock is low, and not that somebody's identity has changed. */
export function isLowStockNotice({ attrs, content }: BinaryNode): boolean {
  return attrs['from'] === server && Array.isArray(content) && content.some(({ tag }) => tag === 'count');
}
