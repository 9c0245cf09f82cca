/** WhatsApp accepts the first QR code for longer than the others; Baileys rotates them at the same times. */
const firstMs = 60_000;
const othersMs = 20_000;

/** QR codes per attempt; when they are used up the connection ends. */
const codes = 6;

/** Duration of an attempt to link, from its first QR code on, in ms. */
export const pairingLifetimeMs = firstMs + (codes - 1) * othersMs;

/** How long a QR code can be scanned, in ms. */
export function qrLifetimeMs(isFirst: boolean): number {
  return isFirst ? firstMs : othersMs;
}
