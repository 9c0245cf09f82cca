/** WhatsApp waits longer for the first QR code to be scanned than for the others; Baileys turns them over as it does. */
const firstMs = 60_000;
const othersMs = 20_000;

/** WhatsApp hands out this many QR codes for one attempt; when they are used up the connection ends. */
const codes = 6;

/** How long an attempt to link lasts, from its first QR code to its end. */
export const pairingLifetimeMs = firstMs + (codes - 1) * othersMs;

/** How long a QR code can be scanned. */
export function qrLifetimeMs(isFirst: boolean): number {
  return isFirst ? firstMs : othersMs;
}
