import type { Ciphertext } from '../signal/ciphertext.ts';
import { bytes, child, children, requiredAttribute, type Stanza, stanza } from '../wire/stanza.ts';

/** The ciphertexts in a stanza, in order. */
export function ciphertextsIn(holder: Stanza): Ciphertext[] {
  return children(holder, 'enc').map((enc) => ({
    type: requiredAttribute(enc, 'type'),
    ciphertext: bytes(enc, 'ciphertext'),
  }));
}

/** Which request for the message the ciphertext in a stanza answers; 0 when it was sent unasked. */
export function resendCount(holder: Stanza): number {
  return Number(child(holder, 'enc')?.attrs['count'] ?? 0);
}

/** @param resend what `resendCount` then reads */
export function encNode({ type, ciphertext }: Ciphertext, resend = 0): Stanza {
  return stanza('enc', { v: '2', type, count: resend === 0 ? undefined : String(resend) }, ciphertext);
}
