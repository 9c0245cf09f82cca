import { randomInt } from 'node:crypto';
import { SessionRecord, type SignalStorage } from 'libsignal';
import * as v from 'valibot';
import type { SignalStoreState } from '../state/schema.ts';
import { generateKeys, type KeyPair, sign, typedKey } from '../wire/keys.ts';
import type { KeyBundle, NumberedKey } from './key-bundle.ts';

/** Registration ids are 14 bits in Signal. */
const REGISTRATION_IDS = 0x3fff;
const SIGNED_PREKEY_ID = 1;
/** Beyond this many unused prekeys the oldest are dropped. */
const LARGEST_PREKEY_COUNT = 1024;

/** libsignal's serialised sessions with one device, by the base key of each. */
const RecordSchema = v.looseObject({
  _sessions: v.record(v.string(), v.looseObject({ indexInfo: v.looseObject({ used: v.number() }) })),
});

interface SignalKeyPair {
  pubKey: Buffer;
  privKey: Buffer;
}

/** The private side of one simulated device: its keys and sessions, in memory, as libsignal's storage. */
export class SignalStore implements SignalStorage {
  readonly identity: KeyPair;
  readonly #registrationId: number;
  readonly #signedPreKey: KeyPair;
  readonly #signature: Buffer;
  readonly #preKeys: Map<number, KeyPair>;
  #nextPreKeyId: number;
  /** How many more one-time prekeys it gives out; undefined for as many as are asked for. */
  preKeysLeft: number | undefined;
  /** Serialised, so that a decryption that fails halfway does not change the stored ratchet. */
  readonly #sessions: Map<string, ReturnType<SessionRecord['serialize']>>;

  /** A new identity unless the state of an earlier one is given. */
  constructor(state?: SignalStoreState) {
    this.identity = state?.identity ?? generateKeys();
    this.#registrationId = state?.registrationId ?? randomInt(1, REGISTRATION_IDS);
    this.#signedPreKey = state?.signedPreKey ?? generateKeys();
    this.#signature = sign(this.identity.private, typedKey(this.#signedPreKey.public));
    this.#preKeys = new Map(state?.preKeys);
    this.#nextPreKeyId = state?.nextPreKeyId ?? 1;
    this.preKeysLeft = state?.preKeysLeft;
    this.#sessions = new Map(state?.sessions.map(([address, session]) => [address, JSON.parse(session)]));
  }

  state(): SignalStoreState {
    return {
      identity: this.identity,
      registrationId: this.#registrationId,
      signedPreKey: this.#signedPreKey,
      preKeys: [...this.#preKeys],
      nextPreKeyId: this.#nextPreKeyId,
      preKeysLeft: this.preKeysLeft,
      sessions: [...this.#sessions].map(([address, session]) => [address, JSON.stringify(session)]),
    };
  }

  /** The bundle that the server gives to senders; each call issues a new one-time prekey while there are any left. */
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

  /** The names of the sessions with a device, most recently used first. */
  sessionNames(address: string): string[] {
    const sessions = Object.entries(this.#parsed(address)?._sessions ?? {});
    return sessions.toSorted(([, one], [, other]) => other.indexInfo.used - one.indexInfo.used).map(([name]) => name);
  }

  /** The same keys with only one of the sessions visible; its changes are merged into the stored record. */
  withSession(name: string): SignalStorage {
    const only = (address: string) => {
      const record = this.#parsed(address);
      const session = record?._sessions[name];
      return session === undefined ? undefined : { ...record, _sessions: { [name]: session } };
    };
    return {
      loadSession: async (address) => {
        const record = only(address);
        return record === undefined ? undefined : SessionRecord.deserialize(JSON.parse(JSON.stringify(record)));
      },
      storeSession: async (address, session) => {
        const record = this.#parsed(address);
        const { _sessions } = v.parse(RecordSchema, session.serialize());
        const merged = { ...record, _sessions: { ...record?._sessions, ..._sessions } };
        this.#sessions.set(address, JSON.parse(JSON.stringify(merged)));
      },
      isTrustedIdentity: () => this.isTrustedIdentity(),
      loadPreKey: (id) => this.loadPreKey(id),
      removePreKey: (id) => this.removePreKey(id),
      loadSignedPreKey: () => this.loadSignedPreKey(),
      getOurRegistrationId: () => this.getOurRegistrationId(),
      getOurIdentity: () => this.getOurIdentity(),
    };
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

  /** Trusts the first identity and every later one, as WhatsApp does. */
  isTrustedIdentity(): boolean {
    return true;
  }

  #parsed(address: string): v.InferOutput<typeof RecordSchema> | undefined {
    const session = this.#sessions.get(address);
    return session === undefined ? undefined : v.parse(RecordSchema, session);
  }

  #issuePreKey(): NumberedKey | undefined {
    if (this.preKeysLeft === 0) return undefined;
    if (this.preKeysLeft !== undefined) this.preKeysLeft -= 1;
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
