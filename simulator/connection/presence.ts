/** The largest number of chats in which a client may be typing at once; a person types in one. */
const LARGEST_CHAT_COUNT = 100;

/** A typing indicator: since when, in milliseconds since 1970, and whether the other side sees it. */
interface Typing {
  readonly since: number;
  readonly shown: boolean;
}

/** What a client has announced of itself on a connection. */
export class ClientPresence {
  /** Whether it is "online". A client that has never said so is not. */
  available = false;
  readonly #typing = new Map<string, Typing>();

  /** The client begins to type in a chat. Others see that only of somebody who is online. */
  compose(chat: string): void {
    if (this.#typing.has(chat) || this.#typing.size >= LARGEST_CHAT_COUNT) return;
    this.#typing.set(chat, { since: Date.now(), shown: this.available });
  }

  /** It has stopped, or sends what it has typed. Undefined when it was not typing there. */
  endTyping(chat: string): { shown: boolean; lastedMs: number } | undefined {
    const typing = this.#typing.get(chat);
    this.#typing.delete(chat);
    return typing === undefined ? undefined : { shown: typing.shown, lastedMs: Date.now() - typing.since };
  }
}
