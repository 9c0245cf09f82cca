import type { WASocket } from '@whiskeysockets/baileys';
import { confirmUnknown } from './confirm-unknown.ts';
import { containListeners } from './contain-listeners.ts';
import { dropUnknownCollections } from './drop-unknown-collections.ts';
import { keepOrder } from './keep-order.ts';

/**
 * Keeps the connection alive whatever WhatsApp sends, and messages in order. `onError` gets what Baileys throws about a
 * single stanza.
 */
export function guardStanzas(socket: Pick<WASocket, 'ws' | 'sendNode'>, onError: (error: unknown) => void): void {
  containListeners(socket, onError);
  dropUnknownCollections(socket);
  keepOrder(socket);
  confirmUnknown(socket);
}
