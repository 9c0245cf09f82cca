import { ALL_WA_PATCH_NAMES, type BinaryNode, type WASocket } from '@whiskeysockets/baileys';

const known: ReadonlySet<string> = new Set(ALL_WA_PATCH_NAMES);

/**
 * Takes collections of settings that Baileys 7.0.0-rc14 does not know out of the notifications that they have changed:
 * without a name it would ask WhatsApp for one again and again, without a pause. None of the settings are used here.
 */
export function dropUnknownCollections({ ws }: Pick<WASocket, 'ws'>): void {
  // Emitted before Baileys' own events for the stanza.
  ws.on('frame', (frame: BinaryNode | Uint8Array) => {
    if (frame instanceof Uint8Array || frame.tag !== 'notification' || !Array.isArray(frame.content)) return;
    frame.content = frame.content.filter(({ tag, attrs }) => tag !== 'collection' || known.has(attrs['name'] ?? ''));
  });
}
