import { phoneOf } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import type { DeliveryEntry, Fact, LedgerEntry, StanzaEntry, TypingEntry } from './entries.ts';
import { EMPTY_TALLY, type SignalTally, withEntry } from './signal-tally.ts';
import { type Tally, tallyOf } from './tally.ts';
import { type Tick, ticksOf } from './ticks.ts';
import { type Predicate, Waiters } from './waiters.ts';

/** `to` is a phone number or an address of the account that decrypted the message. */
export interface DeliveryFilter {
  readonly to?: string | undefined;
  readonly id?: string | undefined;
  readonly device?: number | undefined;
}

export interface StanzaFilter {
  readonly connection?: number | undefined;
  readonly account?: string | undefined;
  readonly direction?: 'in' | 'out' | undefined;
  readonly tag?: string | undefined;
  readonly id?: string | undefined;
}

export interface WaitOptions {
  /** 5000 unless given. */
  readonly timeoutMs?: number;
}

/** The number of entries in a timeout message. */
const LAST_ENTRIES = 5;

/** All facts, in order. Append-only and bounded: beyond its capacity the oldest entries are dropped and counted. */
export class Ledger {
  readonly #capacity: number;
  readonly #waiters = new Waiters();
  #entries: LedgerEntry[] = [];
  /** The entries that have an id, by id. */
  #byId = new Map<string, LedgerEntry[]>();
  #appended = 0;
  #signal = EMPTY_TALLY;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /** The number of entries that are no longer kept; while it is 0, all counts are complete. */
  get dropped(): number {
    return this.#appended - this.#entries.length;
  }

  append(fact: Fact): void {
    this.#appended += 1;
    const entry: LedgerEntry = { ...fact, seq: this.#appended, at: Date.now() };
    this.#entries.push(entry);
    this.#index(entry);
    this.#signal = withEntry(this.#signal, entry);
    // Dropping a tenth at a time keeps the amortised cost of an append constant.
    if (this.#entries.length > this.#capacity) this.#drop(Math.ceil(this.#capacity / 10));
    this.#waiters.offer(entry);
  }

  /** The messages that recipients decrypted, an entry for each device and each arrival, oldest first. */
  deliveries(filter: DeliveryFilter = {}): DeliveryEntry[] {
    const wanted = { ...filter, to: filter.to === undefined ? undefined : phoneOf(filter.to, 'to') };
    return this.#withId(wanted.id)
      .filter((entry) => entry.kind === 'delivery')
      .filter((entry) => matches(entry, wanted));
  }

  /** The deliveries without duplicates, as recipients see them: each message once for each account. */
  visible(filter: DeliveryFilter = {}): DeliveryEntry[] {
    const seen = new Map<string, DeliveryEntry>();
    for (const delivery of this.deliveries(filter)) {
      const key = `${delivery.to} ${delivery.from} ${delivery.id}`;
      if (!seen.has(key)) seen.set(key, delivery);
    }
    return [...seen.values()];
  }

  /** The stanzas that were sent and received, oldest first. */
  stanzas(filter: StanzaFilter = {}): StanzaEntry[] {
    const account = filter.account === undefined ? undefined : phoneOf(filter.account, 'account');
    const wanted = { ...filter, account };
    return this.#withId(wanted.id)
      .filter((entry) => entry.kind === 'stanza')
      .filter((entry) => matches(entry, wanted));
  }

  /** What happened to one message, in numbers. Complete while `dropped` is 0. */
  tally(id: string): Tally {
    return tallyOf(this.#withId(id));
  }

  /** What the author of a message sees of those who received it, by their numbers. Complete while `dropped` is 0. */
  ticks(id: string): Record<string, Tick> {
    return ticksOf(this.#withId(id));
  }

  /** The typing indicators of a client that have ended, oldest first; `to` is the address of the chat. */
  typing(filter: { readonly from?: string | undefined; readonly to?: string | undefined } = {}): TypingEntry[] {
    return this.#entries.filter((entry) => entry.kind === 'typing').filter((entry) => matches(entry, filter));
  }

  /** Counts of decryption failures, retries and reused keys. */
  get signal(): SignalTally {
    return this.#signal;
  }

  /**
   * The first entry, past or future, for which `predicate` holds. A predicate without a parameter is about the whole
   * ledger (`() => ledger.deliveries({ to }).length === 2`): it is evaluated now, and again after every new entry.
   * Rejects with `timeout` when it does not hold in time, with `unavailable` when the simulator closes.
   */
  waitFor<E extends LedgerEntry>(predicate: (entry: LedgerEntry) => entry is E, options?: WaitOptions): Promise<E>;
  waitFor(predicate: Predicate, options?: WaitOptions): Promise<LedgerEntry>;
  async waitFor(predicate: Predicate, { timeoutMs = 5000 }: WaitOptions = {}): Promise<LedgerEntry> {
    const past = predicate.length === 0 ? this.#entries.slice(-1) : this.#entries;
    return (
      past.find((entry) => predicate(entry)) ??
      this.#waiters.wait(predicate, timeoutMs, () => this.#describeLastEntries())
    );
  }

  /** The first matching delivery, past or future. Rejects like `waitFor`. */
  async waitForDelivery(filter: DeliveryFilter, options?: WaitOptions): Promise<DeliveryEntry> {
    const to = filter.to === undefined ? undefined : phoneOf(filter.to, 'to');
    const isWanted = (entry: LedgerEntry): entry is DeliveryEntry =>
      entry.kind === 'delivery' && matches(entry, { ...filter, to });
    return this.waitFor(isWanted, options);
  }

  /** Rejects all pending waits: nothing more will be appended. */
  close(): void {
    this.#waiters.fail(new SimulatorError('unavailable', 'the simulator was closed'));
  }

  /** The entries with that id; all of them when it is undefined. */
  #withId(id: string | undefined): readonly LedgerEntry[] {
    return id === undefined ? this.#entries : (this.#byId.get(id) ?? []);
  }

  #index(entry: LedgerEntry): void {
    if (!('id' in entry) || entry.id === undefined) return;
    const known = this.#byId.get(entry.id);
    if (known === undefined) this.#byId.set(entry.id, [entry]);
    else known.push(entry);
  }

  #drop(count: number): void {
    this.#entries = this.#entries.slice(count);
    this.#byId = new Map();
    for (const entry of this.#entries) this.#index(entry);
  }

  #describeLastEntries(): string {
    const last = this.#entries.slice(-LAST_ENTRIES).map((entry) => JSON.stringify(withoutContent(entry)));
    return `the last entries were\n${last.join('\n')}`;
  }
}

/** Whether the entry has every wanted value that is not undefined. */
function matches<E extends object>(entry: E, wanted: { readonly [F in keyof E]?: E[F] | undefined }): boolean {
  for (const field in wanted) if (wanted[field] !== undefined && wanted[field] !== entry[field]) return false;
  return true;
}

/** An entry without its message, which would flood a terminal. */
function withoutContent(entry: LedgerEntry): object {
  return entry.kind === 'delivery' ? { ...entry, message: undefined } : entry;
}
