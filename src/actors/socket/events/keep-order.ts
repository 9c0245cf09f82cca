import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';

/** What WhatsApp writes into a stanza that had to wait for the login is its place in the queue, which Baileys ignores. */
const waited = '0';

/**
 * Has Baileys handle messages one after the other. It does so with those that waited for the login only
 * (7.0.0-rc14, `offlineNodeProcessor`): one that comes later would be told before them, and one from somebody who is
 * known already before one whose addresses are still being stored.
 */
export function keepOrder({ ws }: Pick<WASocket, 'ws'>): void {
  // Emitted before Baileys' own events for the stanza.
  ws.on('frame', (frame: BinaryNode | Uint8Array) => {
    if (frame instanceof Uint8Array || frame.tag !== 'message') return;
    frame.attrs['offline'] ||= waited;
  });
}
