/** Present on an account whose new devices have to prove possession of a passkey. */
export interface PasskeyPolicy {
  /** The registered WebAuthn credential; without one no assertion is accepted. `publicKey` is SPKI in DER, for ES256. */
  readonly credential?: { readonly id: Buffer; readonly publicKey: Buffer };
  /** How long a challenge is valid, in ms. */
  readonly timeoutMs: number;
}

/** The `timeout` of the challenges that were published. */
export const CHALLENGE_TIMEOUT_MS = 600_000;
