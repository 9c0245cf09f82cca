import { calculateAgreement, calculateSignature, generateKeyPair } from 'libsignal/src/curve.js';
import { verifyXeddsa } from './xeddsa.ts';

/** A Curve25519 key pair; both halves are 32 bytes, the public one without Signal's type byte. */
export interface KeyPair {
  readonly public: Buffer;
  readonly private: Buffer;
}

/** Signal prefixes a public key with a type byte; 5 (DJB) is the only type. */
export const KEY_TYPE = Buffer.from([5]);

export function generateKeys(): KeyPair {
  const { pubKey, privKey } = generateKeyPair();
  return { public: Buffer.from(pubKey.subarray(1)), private: Buffer.from(privKey) };
}

/** The 33-byte form of a public key: type byte and key. */
export function typedKey(publicKey: Uint8Array): Buffer {
  return publicKey.length === 33 ? Buffer.from(publicKey) : Buffer.concat([KEY_TYPE, publicKey]);
}

/** X25519: the 32-byte secret that both sides can compute. */
export function agree(privateKey: Buffer, publicKey: Uint8Array): Buffer {
  return Buffer.from(calculateAgreement(typedKey(publicKey), privateKey));
}

/** XEdDSA signature (64 bytes) with a Curve25519 private key. */
export function sign(privateKey: Buffer, message: Uint8Array): Buffer {
  return Buffer.from(calculateSignature(privateKey, message));
}

/** Whether the owner of the key signed `message`. Unlike Baileys' `Curve.verify`, it reports a wrong signature. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return verifyXeddsa(typedKey(publicKey).subarray(1), message, signature);
}
