import type { WASocket } from '@whiskeysockets/baileys';

/** Baileys' events for a stanza, by its tag or as the answer to a query. */
const stanzaEvent = /^(?:CB|TAG):/;

/**
 * Keeps what a listener throws about one stanza from the connection: some of Baileys' take parts for granted that a stanza
 * may lack, and the frames behind it would not be read. `onError` gets what was thrown.
 */
export function containListeners({ ws }: Pick<WASocket, 'ws'>, onError: (error: unknown) => void): void {
  const emit = ws.emit.bind(ws);
  ws.emit = (event, ...args) => {
    try {
      return emit(event, ...args);
    } catch (error) {
      if (typeof event !== 'string' || !stanzaEvent.test(event)) throw error;
      onError(error);
      return true;
    }
  };
}
