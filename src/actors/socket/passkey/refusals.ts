import type { Refusal } from '../../../domain/errors.ts';

/** The assertion cannot be right, so WhatsApp was not asked. `fault` has no part of it. */
export function passkeyInvalid(fault: string): Refusal {
  return { code: 'validation_error', message: fault, details: { reason: 'passkey_invalid' } };
}

/** WhatsApp did not accept the assertion, with its code. */
export function passkeyRefused(code: number): Refusal {
  return {
    code: 'upstream_error',
    message: 'WhatsApp did not accept the passkey; get the passkey again and sign the new challenge',
    details: { reason: 'passkey_refused', whatsappCode: String(code) },
  };
}
