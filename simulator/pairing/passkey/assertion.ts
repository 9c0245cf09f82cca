import { createPublicKey, verify } from 'node:crypto';
import * as v from 'valibot';
import { sha256 } from './cipher.ts';

/** The relying party of WhatsApp's passkeys, and the only origin whose assertions are accepted. */
export const RELYING_PARTY = 'whatsapp.com';
const ORIGIN = 'https://web.whatsapp.com';

const HASH_BYTES = 32;
/** Relying party hash, flags and counter. */
const AUTHENTICATOR_DATA_BYTES = 37;
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

const bytes = v.pipe(
  v.string(),
  v.regex(/^[\w-]+$/),
  v.transform((text) => Buffer.from(text, 'base64url')),
);

const Assertion = v.object({
  id: v.string(),
  rawId: v.string(),
  type: v.literal('public-key'),
  response: v.object({ clientDataJSON: bytes, authenticatorData: bytes, signature: bytes }),
});

const ClientData = v.object({
  type: v.literal('webauthn.get'),
  challenge: v.string(),
  origin: v.literal(ORIGIN),
  crossOrigin: v.optional(v.literal(false)),
});

export interface Expectation {
  readonly challenge: Buffer;
  readonly credential: { readonly id: Buffer; readonly publicKey: Buffer };
}

/**
 * Verifies an assertion, the JSON form of a `PublicKeyCredential`, as WebAuthn's section 7.2 prescribes: credential,
 * type, challenge, origin, relying party, user presence and verification, signature. Throws when it is not valid.
 */
export function verifyAssertion(json: Uint8Array, { challenge, credential }: Expectation): void {
  const { id, rawId, response } = v.parse(Assertion, JSON.parse(Buffer.from(json).toString()));
  const { clientDataJSON, authenticatorData, signature } = response;
  const clientData = v.parse(ClientData, JSON.parse(clientDataJSON.toString()));
  const flags = authenticatorData.length < AUTHENTICATOR_DATA_BYTES ? 0 : authenticatorData.readUInt8(HASH_BYTES);
  const key = createPublicKey({ key: credential.publicKey, format: 'der', type: 'spki' });
  const signed = Buffer.concat([authenticatorData, sha256(clientDataJSON)]);
  const faults: Record<string, boolean> = {
    'another credential': id !== rawId || rawId !== credential.id.toString('base64url'),
    'another challenge': clientData.challenge !== challenge.toString('base64url'),
    'another relying party': !authenticatorData.subarray(0, HASH_BYTES).equals(sha256(Buffer.from(RELYING_PARTY))),
    'a user who was not present': (flags & USER_PRESENT) === 0,
    'a user who was not verified': (flags & USER_VERIFIED) === 0,
    'a wrong signature': !verify('sha256', signed, key, signature),
  };
  const [fault] = Object.keys(faults).filter((name) => faults[name]);
  if (fault !== undefined) throw new Error(`the assertion has ${fault}`);
}
