import { randomInt } from 'node:crypto';
import { SessionRecord, type SignalStorage } from 'libsignal';
import { generateKeys, type KeyPair, sign, typedKey } from '../wire/keys.ts';
import type { KeyBundle, NumberedKey } from './key-bundle.ts';

/** Registration ids are 14 bits in Signal. */
const REGISTRATION_IDS = 0x3fff;
const SIGNED_PREKEY_ID = 1;
/** Prekeys handed out and never used are forgotten, oldest first, beyond this many. */
const LARGEST_PREKEY_COUNT = 1024;

interface SignalKeyPair {
  pubKey: Buffer;
  privKey: Buffer;
}

/** The private side of one simulated device: its keys and its sessions, in memory, as libsignal wants them. */
export class SignalStore implements SignalStorage {
  readonly identity: KeyPair;
  readonly #registrationId = randomInt(1, REGISTRATION_IDS);
  readonly #signedPreKey = generateKeys();
  readonly #signature: Buffer;
  readonly #preKeys = new Map<number, KeyPair>();
  #nextPreKeyId = 1;
  /** Serialised, so that a decryption that fails halfway leaves no half-stepped ratchet behind. */
  readonly #sessions = new Map<string, ReturnType<SessionRecord['serialize']>>();

  constructor() {
    this.identity = generateKeys();
    this.#signature = sign(this.identity.private, typedKey(this.#signedPreKey.public));
  }

  /** What the server hands to whoever wants to write to this device; every call spends a fresh one-time prekey. */
  takeBundle(): KeyBundle {
    return {
      registrationId: this.#registrationId,
      identity: this.identity.public,
      signedPreKey: { id: SIGNED_PREKEY_ID, public: this.#signedPreKey.public, signature: this.#signature },
      preKey: this.#issuePreKey(),
    };
  }

  hasSession(address: string): boolean {
    return this.#sessions.has(address);
  }

  async loadSession(address: string): Promise<SessionRecord | undefined> {
    const session = this.#sessions.get(address);
    return session === undefined ? undefined : SessionRecord.deserialize(session);
  }

  async storeSession(address: string, session: SessionRecord): Promise<void> {
    this.#sessions.set(address, session.serialize());
  }

  async loadPreKey(id: number | string): Promise<SignalKeyPair | undefined> {
    const keys = this.#preKeys.get(Number(id));
    return keys === undefined ? undefined : signalKeys(keys);
  }

  removePreKey(id: number): void {
    this.#preKeys.delete(id);
  }

  loadSignedPreKey(): SignalKeyPair {
    return signalKeys(this.#signedPreKey);
  }

  getOurIdentity(): SignalKeyPair {
    return signalKeys(this.identity);
  }

  getOurRegistrationId(): number {
    return this.#registrationId;
  }

  /** Trust on first use and on every later change, as WhatsApp does. */
  isTrustedIdentity(): boolean {
    return true;
  }

  #issuePreKey(): NumberedKey {
    const id = this.#nextPreKeyId++;
    const keys = generateKeys();
    this.#preKeys.set(id, keys);
    if (this.#preKeys.size > LARGEST_PREKEY_COUNT) this.#preKeys.delete(id - LARGEST_PREKEY_COUNT);
    return { id, public: keys.public };
  }
}

function signalKeys(keys: KeyPair): SignalKeyPair {
  return { pubKey: typedKey(keys.public), privKey: keys.private };
}
