import type { KeyBundle, NumberedKey, SignedKey } from '../signal/key-bundle.ts';
import type { CompanionState } from '../state/schema.ts';
import { MissedStanzas } from './missed-stanzas.ts';
import { UnconfirmedStanzas } from './unconfirmed-stanzas.ts';

/** A real client's public keys, as the server stores them for others to fetch. */
export interface PublishedKeys {
  readonly registrationId: number;
  readonly identity: Buffer;
  readonly signedPreKey: SignedKey;
}

/** Prekeys beyond this many are dropped; Baileys uploads 812 at first and 5 at a time later. */
const LARGEST_PREKEY_COUNT = 5000;

/** A linked device whose private keys are in the client under test. */
export class Companion {
  readonly kind = 'companion' as const;
  /** 1 and up; 0 is the phone. */
  readonly id: number;
  /** The Noise static key with which it must log in. */
  readonly noiseKey: Buffer;
  readonly missed: MissedStanzas;
  readonly unconfirmed: UnconfirmedStanzas;
  /** The phone that owns the account, in digits. */
  readonly phone: string;
  #keys: PublishedKeys;
  readonly #preKeys: Map<number, NumberedKey>;
  #loginCount: number;

  constructor(options: { phone: string } & Omit<CompanionState, 'kind'>) {
    this.id = options.id;
    this.phone = options.phone;
    this.noiseKey = options.noiseKey;
    this.missed = new MissedStanzas(options.missed);
    this.unconfirmed = new UnconfirmedStanzas(options.unconfirmed);
    this.#keys = options.keys;
    this.#preKeys = new Map(options.preKeys.map((key) => [key.id, key]));
    this.#loginCount = options.visits;
  }

  /** A newly linked device, which has not published its prekeys yet. */
  static linked(options: Pick<CompanionState, 'id' | 'noiseKey' | 'keys'> & { phone: string }): Companion {
    return new Companion({ ...options, preKeys: [], visits: 0, missed: [], unconfirmed: [] });
  }

  state(): CompanionState {
    return {
      kind: this.kind,
      id: this.id,
      noiseKey: this.noiseKey,
      keys: this.#keys,
      preKeys: [...this.#preKeys.values()],
      visits: this.#loginCount,
      missed: this.missed.all(),
      unconfirmed: this.unconfirmed.all(),
    };
  }

  get preKeyCount(): number {
    return this.#preKeys.size;
  }

  get keys(): PublishedKeys {
    return this.#keys;
  }

  /** Counts a login that reached the listening state. Returns whether it was the first. */
  countLogin(): boolean {
    this.#loginCount += 1;
    return this.#loginCount === 1;
  }

  publish(keys: PublishedKeys, preKeys: readonly NumberedKey[]): void {
    this.#keys = keys;
    for (const key of preKeys) if (this.#preKeys.size < LARGEST_PREKEY_COUNT) this.#preKeys.set(key.id, key);
  }

  rotate(signedPreKey: SignedKey): void {
    this.#keys = { ...this.#keys, signedPreKey };
  }

  /** Each call uses up one of the uploaded one-time prekeys, oldest first. */
  takeBundle(): KeyBundle {
    const preKey = this.#preKeys.values().next().value;
    if (preKey !== undefined) this.#preKeys.delete(preKey.id);
    return { ...this.#keys, preKey };
  }
}
