import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';

/** Exactly 32 bytes, so by the Noise rules it is itself the first hash and chaining key. */
const PROTOCOL = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0');
/** "WA", protocol 6, dictionary 3: the prologue that both sides hash. */
export const PROLOGUE = Buffer.from([0x57, 0x41, 6, 3]);
const TAG_LENGTH = 16;
const NOTHING = Buffer.alloc(0);

/** One direction of the established transport: AES-256-GCM whose nonce is the number of the frame. */
export class FrameCipher {
  readonly #key: Buffer;
  #counter = 0;

  constructor(key: Buffer) {
    this.#key = key;
  }

  seal(plaintext: Uint8Array): Buffer {
    return seal(this.#key, this.#counter++, NOTHING, plaintext);
  }

  /** Throws when the frame was not sealed by the other side as this number. */
  open(ciphertext: Uint8Array): Buffer {
    return open(this.#key, this.#counter++, NOTHING, ciphertext);
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

  seal(plaintext: Uint8Array): Buffer {
    const ciphertext = seal(this.#key, this.#counter++, this.#hash, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  open(ciphertext: Uint8Array): Buffer {
    const plaintext = open(this.#key, this.#counter++, this.#hash, ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** Ends the handshake: the initiator's sending cipher first, then the responder's. */
  split(): { fromClient: FrameCipher; toClient: FrameCipher } {
    const [fromClient, toClient] = this.#derive(NOTHING);
    return { fromClient: new FrameCipher(fromClient), toClient: new FrameCipher(toClient) };
  }

  #derive(secret: Uint8Array): [Buffer, Buffer] {
    const bytes = Buffer.from(hkdfSync('sha256', secret, this.#chainingKey, NOTHING, 64));
    return [bytes.subarray(0, 32), bytes.subarray(32)];
  }
}

function nonce(counter: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(counter, 8);
  return bytes;
}

function seal(key: Buffer, counter: number, associated: Buffer, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(counter)).setAAD(associated);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Buffer, counter: number, associated: Buffer, ciphertext: Uint8Array): Buffer {
  const end = ciphertext.length - TAG_LENGTH;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(counter)).setAAD(associated);
  decipher.setAuthTag(ciphertext.subarray(end));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]);
}
