import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';

/** Exactly 32 bytes long, so by the Noise specification it is itself the initial hash and chaining key. */
const PROTOCOL = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0');
/** "WA", protocol 6, dictionary 3: the prologue that both sides hash. */
export const PROLOGUE = Buffer.from([0x57, 0x41, 6, 3]);
const TAG_LENGTH = 16;
const EMPTY = Buffer.alloc(0);

/** One direction of the established transport: AES-256-GCM with the frame number as the nonce. */
export class FrameCipher {
  readonly #key: Buffer;
  #counter = 0;

  constructor(key: Buffer) {
    this.#key = key;
  }

  encrypt(plaintext: Uint8Array): Buffer {
    return encrypt(this.#key, this.#counter++, EMPTY, plaintext);
  }

  /** Throws when the frame is not the next one that the other side encrypted. */
  decrypt(ciphertext: Uint8Array): Buffer {
    return decrypt(this.#key, this.#counter++, EMPTY, ciphertext);
  }
}

/** The symmetric state of a Noise handshake (Noise specification, revision 34, §5.2). */
export class HandshakeState {
  #hash: Buffer = PROTOCOL;
  #chainingKey: Buffer = PROTOCOL;
  #key: Buffer = PROTOCOL;
  #counter = 0;

  constructor() {
    this.mixHash(PROLOGUE);
  }

  mixHash(data: Uint8Array): void {
    this.#hash = createHash('sha256').update(this.#hash).update(data).digest();
  }

  mixKey(secret: Uint8Array): void {
    const [chainingKey, key] = this.#derive(secret);
    this.#chainingKey = chainingKey;
    this.#key = key;
    this.#counter = 0;
  }

  encryptAndHash(plaintext: Uint8Array): Buffer {
    const ciphertext = encrypt(this.#key, this.#counter++, this.#hash, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  decryptAndHash(ciphertext: Uint8Array): Buffer {
    const plaintext = decrypt(this.#key, this.#counter++, this.#hash, ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** Ends the handshake: the initiator's sending cipher first, then the responder's. */
  split(): { fromClient: FrameCipher; toClient: FrameCipher } {
    const [fromClient, toClient] = this.#derive(EMPTY);
    return { fromClient: new FrameCipher(fromClient), toClient: new FrameCipher(toClient) };
  }

  #derive(secret: Uint8Array): [Buffer, Buffer] {
    const bytes = Buffer.from(hkdfSync('sha256', secret, this.#chainingKey, EMPTY, 64));
    return [bytes.subarray(0, 32), bytes.subarray(32)];
  }
}

function nonce(counter: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(counter, 8);
  return bytes;
}

function encrypt(key: Buffer, counter: number, associated: Buffer, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(counter)).setAAD(associated);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, counter: number, associated: Buffer, ciphertext: Uint8Array): Buffer {
  const end = ciphertext.length - TAG_LENGTH;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(counter)).setAAD(associated);
  decipher.setAuthTag(ciphertext.subarray(end));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]);
}
