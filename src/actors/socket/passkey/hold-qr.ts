import { type BinaryNode, getBinaryNodeChild, type WASocket } from '@whiskeysockets/baileys';
import { maxPasskeyMs } from '../../../domain/passkey.ts';

/** Baileys shows each QR code but the first for so long. */
const qrMs = 20_000;

/** As many as outlast a ceremony that begins with the last QR code. */
const count = Math.ceil(maxPasskeyMs / qrMs) + 1;

const placeholder = 'no-qr-code';

/**
 * Baileys ends a connection that has shown its last QR code, also while the phone that scanned one has to prove its
 * passkey. With placeholders after the codes of WhatsApp the connection lasts; who listens must end it in time.
 */
export function holdQr({ ws }: WASocket): void {
  ws.prependListener('CB:iq,type:set,pair-device', (stanza: BinaryNode) => {
    const pairing = getBinaryNodeChild(stanza, 'pair-device');
    if (!Array.isArray(pairing?.content)) return;
    for (let left = count; left > 0; left -= 1) {
      pairing.content.push({ tag: 'ref', attrs: {}, content: Buffer.from(placeholder) });
    }
  });
}

/** Whether WhatsApp's own codes have been shown, and this is none. */
export function isPlaceholder(qr: string): boolean {
  return qr.includes(`#${placeholder},`);
}
