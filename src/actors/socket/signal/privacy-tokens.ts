import type { SignalDataSet, SignalDataTypeMap } from '@whiskeysockets/baileys';
import { isLid, isNumber, withoutDevice } from '../../../domain/jid.ts';
import type { SignalTransactions } from './signal-transactions.ts';

type StoredToken = SignalDataTypeMap['tctoken'];

/** A privacy token that somebody issued to the linked number. */
export interface ReceivedToken {
  /** Whose it is: the name under which it is stored, a LID unless that is unknown. */
  readonly contact: string;
  readonly token: Uint8Array;
  /** When they issued it, and when the linked number last issued its own to them; in epoch seconds. */
  readonly issuedAt: number;
  readonly ownIssuedAt: number | undefined;
}

/** The two addresses of people, as far as they are known. */
export interface AddressLookup {
  getLIDForPN(pn: string): Promise<string | null>;
  getPNForLID(lid: string): Promise<string | null>;
}

/** Tokens of one commit. */
const batchSize = 500;

/** WhatsApp Web counts in intervals of seven days from the epoch; a token is valid in the present and three before it. */
const intervalSeconds = 7 * 24 * 60 * 60;
const validIntervals = 4;

/**
 * The privacy tokens of a session: people let a number write to them that holds a token of theirs (WhatsApp refuses others
 * with 463). Baileys attaches the token that is stored under the contact's LID, and stores those that arrive.
 */
export class PrivacyTokens {
  readonly #keys: SignalTransactions;
  readonly #addresses: AddressLookup;
  readonly #now: () => number;

  /** @param now epoch milliseconds */
  constructor(keys: SignalTransactions, addresses: AddressLookup, now: () => number) {
    this.#keys = keys;
    this.#addresses = addresses;
    this.#now = now;
  }

  /** Stores tokens unless they have expired or newer ones are known. Resolves when they are durable. */
  async store(tokens: readonly ReceivedToken[]): Promise<void> {
    const oldest = (intervalOf(this.#seconds()) - validIntervals + 1) * intervalSeconds;
    const valid = tokens.filter(({ issuedAt }) => issuedAt >= oldest);
    for (let start = 0; start < valid.length; start += batchSize) {
      const batch = new Map(valid.slice(start, start + batchSize).map((token) => [token.contact, token]));
      await this.#change([...batch.keys()], (contact, known) => {
        const received = batch.get(contact);
        return received === undefined ? undefined : newest(received, known);
      });
    }
  }

  /**
   * To be called before a message: a token that was stored under the number, before the LID was known, is moved to where
   * Baileys looks.
   */
  async prepare(to: string): Promise<void> {
    const [lid, pn] = await this.#namesOf(to);
    if (lid === undefined || pn === undefined) return;
    if ((await this.#keys.get('tctoken', [pn]))[pn] === undefined) return;
    await this.#keys.transaction(async () => {
      const { [pn]: old, [lid]: present } = await this.#keys.get('tctoken', [pn, lid]);
      if (old === undefined) return;
      await this.#keys.set({ tctoken: { [pn]: null, [lid]: merged(old, present) } });
    });
  }

  /**
   * To be called after a message: records that the contact was issued a token. Baileys issues one unless one is recorded for
   * this interval; its own record is lost, as it writes to the message's transaction, which is over by then, so it would
   * query WhatsApp again after every message.
   */
  async recordIssued(to: string): Promise<void> {
    const [lid, pn] = await this.#namesOf(to);
    const now = this.#seconds();
    await this.#change([lid ?? pn ?? to], (_contact, known) => {
      const last = known?.senderTimestamp;
      if (last !== undefined && intervalOf(last) === intervalOf(now)) return undefined;
      return { token: Buffer.alloc(0), ...known, senderTimestamp: now };
    });
  }

  /** @param change the new value; undefined to leave it as it is */
  async #change(
    contacts: string[],
    change: (contact: string, known: StoredToken | undefined) => StoredToken | undefined,
  ): Promise<void> {
    await this.#keys.transaction(async () => {
      const known = await this.#keys.get('tctoken', contacts);
      const changed: NonNullable<SignalDataSet['tctoken']> = {};
      for (const contact of contacts) {
        const value = change(contact, known[contact]);
        if (value !== undefined) changed[contact] = value;
      }
      if (Object.keys(changed).length > 0) await this.#keys.set({ tctoken: changed });
    });
  }

  async #namesOf(to: string): Promise<[lid: string | undefined, pn: string | undefined]> {
    const plain = (jid: string | null) => (jid === null ? undefined : withoutDevice(jid));
    if (isLid(to)) return [to, plain(await this.#addresses.getPNForLID(to))];
    if (isNumber(to)) return [plain(await this.#addresses.getLIDForPN(to)), to];
    return [undefined, undefined];
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1_000);
  }
}

function newest(
  { token, issuedAt, ownIssuedAt }: ReceivedToken,
  known: StoredToken | undefined,
): StoredToken | undefined {
  if (known !== undefined && known.token.length > 0 && Number(known.timestamp ?? 0) >= issuedAt) return undefined;
  const received = { token: Buffer.from(token), timestamp: String(issuedAt) };
  return merged({ ...received, ...(ownIssuedAt !== undefined && { senderTimestamp: ownIssuedAt }) }, known);
}

/** The newer token of the two, and the later time at which the linked number issued its own. */
function merged(one: StoredToken, other: StoredToken | undefined): StoredToken {
  if (other === undefined) return one;
  const isNewer = Number(other.timestamp ?? 0) > Number(one.timestamp ?? 0) && other.token.length > 0;
  const sent = Math.max(one.senderTimestamp ?? 0, other.senderTimestamp ?? 0);
  return { ...(isNewer ? other : one), ...(sent > 0 && { senderTimestamp: sent }) };
}

function intervalOf(seconds: number): number {
  return Math.floor(seconds / intervalSeconds);
}
