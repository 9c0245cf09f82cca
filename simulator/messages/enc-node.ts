import type { Ciphertext } from '../signal/ciphertext.ts';
import { bytes, child, children, requiredAttribute, type Stanza, stanza } from '../wire/stanza.ts';

/** The ciphertexts of a stanza, in order. */
export function ciphertextsIn(holder: Stanza): Ciphertext[] {
  return children(holder, 'enc').map((enc) => ({
    type: requiredAttribute(enc, 'type'),
    ciphertext: bytes(enc, 'ciphertext'),
  }));
}

/** The number of the retry request that a stanza answers; 0 for a first delivery. */
export function resendCount(holder: Stanza): number {
  return Number(child(holder, 'enc')?.attrs['count'] ?? 0);
}

/** @param resend the number that `resendCount` reads */
export function encNode({ type, ciphertext }: Ciphertext, resend = 0): Stanza {
  return stanza('enc', { v: '2', type, count: resend === 0 ? undefined : String(resend) }, ciphertext);
}
