import { WA_CERT_DETAILS } from '@whiskeysockets/baileys';

/**
 * Trusts another root for the certificates of the WhatsApp server than WhatsApp's own; for simulators only.
 * It holds for the whole process, as Baileys keeps the root in one place.
 */
export function trustRoot(publicKeyHex: string): void {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(publicKeyHex, 'hex');
}
