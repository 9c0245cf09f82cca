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

/**
 * How far the proof of a passkey has come. `assertion`: the challenge is to be signed; `waiting`: WhatsApp and the phone
 * go on by themselves; `confirmation`: the person compares the code with that on the phone.
 */
export const passkeyStages = ['assertion', 'waiting', 'confirmation'] as const;

export type PasskeyStage = (typeof passkeyStages)[number];

/** The proof of a passkey that a session waits for, until `expiresAt` in epoch milliseconds. */
export const PasskeySchema = v.object({
  stage: v.picklist(passkeyStages),
  options: PasskeyOptionsSchema,
  /** Eight characters, at the stage `confirmation`. */
  code: v.nullable(v.string()),
  expiresAt: v.number(),
});

export type Passkey = v.InferOutput<typeof PasskeySchema>;

/** The code as the phone shows it: `ABCD-1234`. */
export function displayedCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** The answer of the authenticator: the members of a `PublicKeyCredential` in its JSON form that are passed on. */
export const AssertionSchema = v.object({
  id: Base64UrlSchema,
  rawId: Base64UrlSchema,
  type: v.literal('public-key'),
  response: v.object({
    clientDataJSON: Base64UrlSchema,
    authenticatorData: Base64UrlSchema,
    signature: Base64UrlSchema,
    userHandle: v.exactOptional(v.nullable(Base64UrlSchema)),
  }),
});

export type Assertion = v.InferOutput<typeof AssertionSchema>;
