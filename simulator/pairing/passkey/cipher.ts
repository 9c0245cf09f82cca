import { createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';

const KEY_BYTES = 32;
const GCM_TAG_BYTES = 16;
const CODE_BYTES = 5;
const CODE_ALPHABET = '123456789ABCDEFGHJKLMNPQRSTVWXYZ';

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

/**
 * The proof that the client which answers the challenge is the one whose QR code or pairing code the phone accepted:
 * both know the secret of that code.
 */
export function handoffProof(advSecret: Buffer, payload: Uint8Array): Buffer {
  const key = Buffer.from(hkdfSync('sha256', advSecret, Buffer.alloc(0), 'shortcake-passkey-handoff-v1', KEY_BYTES));
  return createHmac('sha256', key).update(payload).digest();
}

/** The eight characters that phone and client show for comparison. */
export function verificationCode(
  companionNonce: Uint8Array,
  primary: { publicKey: Uint8Array; nonce: Uint8Array },
): string {
  const digest = sha256(companionNonce, primary.publicKey);
  const bits = [...primary.nonce.subarray(0, CODE_BYTES)]
    .map((byte, index) => (byte ^ digest.readUInt8(index)).toString(2).padStart(8, '0'))
    .join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => CODE_ALPHABET.charAt(Number.parseInt(five, 2))).join('');
}

/** Decrypts the client's last message. Throws when it was encrypted for another phone, reference or kind of device. */
export function decryptPairingRequest(
  encoded: Uint8Array,
  secret: Buffer,
  { platform, ref }: { platform: number; ref: string },
): Buffer {
  const { encryptedPayload, iv } = proto.EncryptedPairingRequest.decode(encoded);
  const sealed = Buffer.from(encryptedPayload ?? []);
  const salt = `Companion Pairing ${platform} with ref ${ref}`;
  const key = Buffer.from(hkdfSync('sha256', secret, salt, 'Pairing Information Encryption Key', KEY_BYTES));
  const end = sealed.length - GCM_TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv ?? []));
  decipher.setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
}
