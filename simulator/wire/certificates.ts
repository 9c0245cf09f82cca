import { proto } from '@whiskeysockets/baileys';
import { generateKeys, type KeyPair, sign } from './keys.ts';

/** The server's identity: the root key that clients pin, and the static key that the chain certifies. */
export interface ServerIdentity {
  /** Clients use the public half in place of WhatsApp's root key. */
  readonly root: KeyPair;
  readonly staticKeys: KeyPair;
  /** `CertChain` protobuf, sent encrypted in the server hello. */
  readonly certificateChain: Buffer;
}

/** Baileys accepts only an intermediate that was issued by the root's serial, 0 (`WA_CERT_DETAILS.SERIAL`). */
const ROOT_SERIAL = 0;
const INTERMEDIATE_SERIAL = 1;
const LEAF_SERIAL = 2;
const VALID_SECONDS = 365 * 24 * 60 * 60;

/** A root key, new unless given, an intermediate certificate, and a leaf for a new Noise static key. */
export function createServerIdentity(root = generateKeys()): ServerIdentity {
  const intermediate = generateKeys();
  const staticKeys = generateKeys();
  const chain = proto.CertChain.create({
    intermediate: certify(root, { serial: INTERMEDIATE_SERIAL, issuerSerial: ROOT_SERIAL, key: intermediate.public }),
    leaf: certify(intermediate, { serial: LEAF_SERIAL, issuerSerial: INTERMEDIATE_SERIAL, key: staticKeys.public }),
  });
  return { root, staticKeys, certificateChain: Buffer.from(proto.CertChain.encode(chain).finish()) };
}

function certify(issuer: KeyPair, subject: { serial: number; issuerSerial: number; key: Buffer }) {
  const now = Math.floor(Date.now() / 1000);
  const details = proto.CertChain.NoiseCertificate.Details.encode({
    ...subject,
    notBefore: now - VALID_SECONDS,
    notAfter: now + VALID_SECONDS,
  }).finish();
  return { details, signature: sign(issuer.private, details) };
}
