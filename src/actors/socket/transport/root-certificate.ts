import { WA_CERT_DETAILS } from '@whiskeysockets/baileys';

/**
 * Replaces WhatsApp's root for server certificates; for simulators only. It applies to the whole process, as Baileys keeps
 * the root in one place.
 */
export function trustRoot(publicKeyHex: string): void {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(publicKeyHex, 'hex');
}
