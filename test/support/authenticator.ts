import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** What a test may have the authenticator or the browser do wrong. */
export interface Misuse {
  readonly origin?: string;
  readonly rpId?: string;
  /** In base64url. */
  readonly challenge?: string;
  /** User present 1, user verified 4. */
  readonly flags?: number;
  readonly type?: string;
}

const presentAndVerified = 0x05;

/**
 * A software authenticator and the browser before it, with one passkey: ES256 over the authenticator data and the hash
 * of the client data, as in section 6.3.3 of WebAuthn.
 */
export class Authenticator {
  readonly id = randomBytes(16);
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  #counter = 0;

  /** What is registered: `publicKey` is SPKI in DER. */
  get credential(): { id: Buffer; publicKey: Buffer } {
    return { id: this.id, publicKey: this.#keys.publicKey.export({ format: 'der', type: 'spki' }) };
  }

  /** `PublicKeyCredential.toJSON()` of the answer to the options, on WhatsApp Web's page. */
  assert(options: { challenge: string; rpId: string }, misuse: Misuse = {}) {
    const { origin = 'https://web.whatsapp.com', rpId = options.rpId, challenge = options.challenge } = misuse;
    const { flags = presentAndVerified, type = 'webauthn.get' } = misuse;
    const clientData = Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
    this.#counter += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.#counter);
    const data = Buffer.concat([sha256(Buffer.from(rpId)), Buffer.from([flags]), counter]);
    const signature = sign('sha256', Buffer.concat([data, sha256(clientData)]), this.#keys.privateKey);
    const id = this.id.toString('base64url');
    return {
      id,
      rawId: id,
      type: 'public-key' as const,
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: Buffer.from('a person').toString('base64url'),
      },
    };
  }
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
