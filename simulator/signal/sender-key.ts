import { randomBytes, randomInt } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { ForeignSenderKeyState, OwnSenderKeyState } from '../state/schema.ts';
import { generateKeys, type KeyPair, sign, typedKey, verify } from '../wire/keys.ts';
import { decryptWith, encryptWith, SenderChain } from './sender-chain.ts';

/** Current and oldest supported protocol version, both 3, in one byte. */
const VERSION = Buffer.from([0x33]);
const SIGNATURE_BYTES = 64;
const CHAIN_KEY_BYTES = 32;
const SENDER_KEY_IDS = 0x7fffffff;
/** How far ahead of the last one a message may be, and how many seeds of skipped messages are kept. */
const LARGEST_GAP = 2000;

/** The key with which a device encrypts its messages to one group. */
export class OwnSenderKey {
  readonly #id: number;
  readonly #signing: KeyPair;
  readonly #chain: SenderChain;
  /** The devices that have received it, as `phone:device`. */
  readonly holders: Set<string>;

  /** A new key unless the state of an earlier one is given. */
  constructor(state?: OwnSenderKeyState) {
    const { iteration, key } = state?.chain ?? { iteration: 0, key: randomBytes(CHAIN_KEY_BYTES) };
    this.#id = state?.id ?? randomInt(SENDER_KEY_IDS);
    this.#signing = state?.signing ?? generateKeys();
    this.#chain = new SenderChain(iteration, key);
    this.holders = new Set(state?.holders);
  }

  state(): OwnSenderKeyState {
    return { id: this.#id, signing: this.#signing, chain: this.#chain.state(), holders: [...this.holders] };
  }

  /** What other devices need to decrypt all later messages: a `SenderKeyDistributionMessage`. */
  distribution(): Buffer {
    const { iteration, key } = this.#chain;
    const message = { id: this.#id, iteration, chainKey: key, signingKey: typedKey(this.#signing.public) };
    return Buffer.concat([VERSION, proto.SenderKeyDistributionMessage.encode(message).finish()]);
  }

  encrypt(plaintext: Uint8Array): Buffer {
    const { iteration } = this.#chain;
    const ciphertext = encryptWith(this.#chain.step(), plaintext);
    const message = proto.SenderKeyMessage.encode({ id: this.#id, iteration, ciphertext }).finish();
    const signed = Buffer.concat([VERSION, message]);
    return Buffer.concat([signed, sign(this.#signing.private, signed)]);
  }
}

/** Another device's key for one group, as it was distributed. */
export class ForeignSenderKey {
  readonly id: number;
  readonly #signing: Buffer;
  readonly #chain: SenderChain;
  /** Seeds of messages that later ones have overtaken, by iteration. */
  readonly #skipped: Map<number, Buffer>;

  constructor({ id, signing, chain, skipped }: ForeignSenderKeyState) {
    this.id = id;
    this.#signing = signing;
    this.#chain = new SenderChain(chain.iteration, chain.key);
    this.#skipped = new Map(skipped);
  }

  /** Reads a distribution message. Throws when the bytes are not one. */
  static read(distribution: Uint8Array): ForeignSenderKey {
    const { id, iteration, chainKey, signingKey } = proto.SenderKeyDistributionMessage.decode(distribution.subarray(1));
    const chain = { iteration: iteration ?? 0, key: Buffer.from(chainKey ?? []) };
    return new ForeignSenderKey({ id: id ?? 0, signing: Buffer.from(signingKey ?? []), chain, skipped: [] });
  }

  state(): ForeignSenderKeyState {
    return { id: this.id, signing: this.#signing, chain: this.#chain.state(), skipped: [...this.#skipped] };
  }

  /** Throws when the message is not signed by the owner of the key, or was decrypted before. */
  decrypt(message: SenderKeyMessage): Buffer {
    if (!verify(this.#signing, message.signed, message.signature))
      throw new Error('the signature of the group message is wrong');
    return decryptWith(this.#seedFor(message.iteration), message.ciphertext);
  }

  #seedFor(iteration: number): Buffer {
    const skipped = this.#skipped.get(iteration);
    this.#skipped.delete(iteration);
    if (skipped !== undefined) return skipped;
    if (iteration < this.#chain.iteration) throw new Error('the key of this group message was already used');
    if (iteration - this.#chain.iteration > LARGEST_GAP) throw new Error('the group message is too far ahead');
    while (this.#chain.iteration < iteration) this.#skip();
    return this.#chain.step();
  }

  #skip(): void {
    const { iteration } = this.#chain;
    this.#skipped.set(iteration, this.#chain.step());
    this.#skipped.delete(iteration - LARGEST_GAP);
  }
}

/** The parts of a message that is encrypted with a sender key. */
export interface SenderKeyMessage {
  readonly keyId: number;
  readonly iteration: number;
  readonly ciphertext: Buffer;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Throws when the bytes are not such a message. */
export function readSenderKeyMessage(data: Buffer): SenderKeyMessage {
  const signed = data.subarray(0, -SIGNATURE_BYTES);
  const { id, iteration, ciphertext } = proto.SenderKeyMessage.decode(signed.subarray(VERSION.length));
  return {
    keyId: id ?? 0,
    iteration: iteration ?? 0,
    ciphertext: Buffer.from(ciphertext ?? []),
    signed,
    signature: data.subarray(-SIGNATURE_BYTES),
  };
}
