import * as v from 'valibot';

/** The longest that WhatsApp is known to wait for a passkey, and the longest that a session does, in ms. */
export const maxPasskeyMs = 600_000;

/** Bytes in base64url without padding, as in the JSON forms of WebAuthn. */
const Base64UrlSchema = v.pipe(v.string(), v.maxLength(8_192), v.regex(/^[\w-]+$/u, 'must be base64url'));

/**
 * What WhatsApp asks of the person's authenticator: a `PublicKeyCredentialRequestOptionsJSON` of WebAuthn level 3, which
 * `PublicKeyCredential.parseRequestOptionsFromJSON` takes. Members without a meaning here are passed on as they are.
 */
export const PasskeyOptionsSchema = v.looseObject({
  challenge: Base64UrlSchema,
  rpId: v.picklist(['whatsapp.com', 'web.whatsapp.com']),
  timeout: v.exactOptional(v.pipe(v.number(), v.description('How long the challenge is valid, in milliseconds'))),
  allowCredentials: v.exactOptional(v.array(v.looseObject({ id: Base64UrlSchema, type: v.string() }))),
  userVerification: v.exactOptional(v.string()),
});

export type PasskeyOptions = v.InferOutput<typeof PasskeyOptionsSchema>;
