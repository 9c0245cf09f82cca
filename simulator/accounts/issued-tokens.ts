import { randomBytes } from 'node:crypto';
import type { AccountState } from '../state/schema.ts';

/** A privacy token: who holds it may write to its issuer. */
export interface PrivacyToken {
  readonly value: Buffer;
  /** When it was issued, in epoch seconds. */
  readonly issuedAt: number;
}

const TOKEN_BYTES = 16;
/** WhatsApp Web counts in intervals of seven days from the epoch, and a token is valid in four of them. */
const INTERVAL_SECONDS = 7 * 24 * 60 * 60;
const VALID_INTERVALS = 4;
/** Beyond this many tokens for one holder the oldest is invalid. */
const LARGEST_COUNT = 5;

/** Older than any valid token, in seconds. */
export const EXPIRED_AFTER_SECONDS = VALID_INTERVALS * INTERVAL_SECONDS;

/** The tokens that an account has issued, by the phone of their holder; newest last. */
export class IssuedTokens {
  readonly #byHolder: Map<string, PrivacyToken[]>;

  constructor(state: NonNullable<AccountState['issuedTokens']> = []) {
    this.#byHolder = new Map(state.map(([holder, tokens]) => [holder, [...tokens]]));
  }

  state(): NonNullable<AccountState['issuedTokens']> {
    return [...this.#byHolder].map(([holder, tokens]) => [holder, [...tokens]]);
  }

  /** @param issuedAt in epoch seconds */
  issue(holder: string, issuedAt: number): PrivacyToken {
    const token = { value: randomBytes(TOKEN_BYTES), issuedAt };
    this.#byHolder.set(holder, [...(this.#byHolder.get(holder) ?? []), token].slice(-LARGEST_COUNT));
    return token;
  }

  /** Whether a token was issued in the interval of that time; a phone issues one for each. */
  hasOneFor(holder: string, seconds: number): boolean {
    const newest = this.#byHolder.get(holder)?.at(-1);
    return newest !== undefined && intervalOf(newest.issuedAt) >= intervalOf(seconds);
  }

  accepts(holder: string, value: Uint8Array, seconds: number): boolean {
    const oldest = intervalOf(seconds) - VALID_INTERVALS;
    const tokens = this.#byHolder.get(holder) ?? [];
    return tokens.some((token) => token.value.equals(value) && intervalOf(token.issuedAt) > oldest);
  }
}

function intervalOf(seconds: number): number {
  return Math.floor(seconds / INTERVAL_SECONDS);
}
