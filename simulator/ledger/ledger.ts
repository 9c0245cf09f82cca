import { phoneOf } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import type { DeliveryEntry, Fact, LedgerEntry, StanzaEntry } from './entries.ts';
import { counted, NOTHING, type SignalTally } from './signal-tally.ts';
import { type Tally, tallyOf } from './tally.ts';
import { type Predicate, Waiters } from './waiters.ts';

/** Which deliveries are meant; `to` is a phone number or an address of the account that decrypted. */
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

/** How much of the ledger the message of a timeout shows. */
const LAST_ENTRIES = 5;

/** What happened, in order. Append-only and bounded: beyond its capacity the oldest entries are dropped and counted. */
export class Ledger {
  readonly #capacity: number;
  readonly #waiters = new Waiters();
  #entries: LedgerEntry[] = [];
  /** The same entries, those that have an id, by it. */
  #byId = new Map<string, LedgerEntry[]>();
  #appended = 0;
  #signal = NOTHING;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /** How many entries are no longer kept; while it is 0, what the ledger counts is complete. */
  get dropped(): number {
    return this.#appended - this.#entries.length;
  }

  append(fact: Fact): void {
    this.#appended += 1;
    const entry: LedgerEntry = { ...fact, seq: this.#appended, at: Date.now() };
    this.#entries.push(entry);
    this.#index(entry);
    this.#signal = counted(this.#signal, entry);
    // Dropping a tenth at a time keeps the cost of an append constant.
    if (this.#entries.length > this.#capacity) this.#drop(Math.ceil(this.#capacity / 10));
    this.#waiters.offer(entry);
  }

  /** What recipients decrypted, one entry for each device and each arrival, oldest first. */
  deliveries(filter: DeliveryFilter = {}): DeliveryEntry[] {
    const wanted = { ...filter, to: filter.to === undefined ? undefined : phoneOf(filter.to, 'to') };
    return this.#about(wanted.id)
      .filter((entry) => entry.kind === 'delivery')
      .filter((entry) => fits(entry, wanted));
  }

  /** What recipients see who recognise a message that they had before: each message once for each account. */
  visible(filter: DeliveryFilter = {}): DeliveryEntry[] {
    const seen = new Map<string, DeliveryEntry>();
    for (const delivery of this.deliveries(filter)) {
      const name = `${delivery.to} ${delivery.from} ${delivery.id}`;
      if (!seen.has(name)) seen.set(name, delivery);
    }
    return [...seen.values()];
  }

  /** What crossed the wire, oldest first. */
  stanzas(filter: StanzaFilter = {}): StanzaEntry[] {
    const account = filter.account === undefined ? undefined : phoneOf(filter.account, 'account');
    const wanted = { ...filter, account };
    return this.#about(wanted.id)
      .filter((entry) => entry.kind === 'stanza')
      .filter((entry) => fits(entry, wanted));
  }

  /** What happened to one message, counted. Complete while `dropped` is 0. */
  tally(id: string): Tally {
    return tallyOf(this.#about(id));
  }

  /** How well the encryption of everything so far worked. */
  get signal(): SignalTally {
    return this.#signal;
  }

  /**
   * The first entry, past or future, for which `predicate` holds. One without a parameter is a question about the
   * whole ledger (`() => ledger.deliveries({ to }).length === 2`): it is asked now, and again after every new entry.
   * Rejects with `timeout` when the fact does not come to pass in time, with `unavailable` when the simulator closes.
   */
  waitFor<E extends LedgerEntry>(predicate: (entry: LedgerEntry) => entry is E, options?: WaitOptions): Promise<E>;
  waitFor(predicate: Predicate, options?: WaitOptions): Promise<LedgerEntry>;
  async waitFor(predicate: Predicate, { timeoutMs = 5000 }: WaitOptions = {}): Promise<LedgerEntry> {
    const past = predicate.length === 0 ? this.#entries.slice(-1) : this.#entries;
    return past.find((entry) => predicate(entry)) ?? this.#waiters.wait(predicate, timeoutMs, () => this.#recent());
  }

  /** The first delivery that fits, past or future. Rejects like `waitFor`. */
  async waitForDelivery(filter: DeliveryFilter, options?: WaitOptions): Promise<DeliveryEntry> {
    const to = filter.to === undefined ? undefined : phoneOf(filter.to, 'to');
    const isWanted = (entry: LedgerEntry): entry is DeliveryEntry =>
      entry.kind === 'delivery' && fits(entry, { ...filter, to });
    return this.waitFor(isWanted, options);
  }

  /** Nothing more will be appended: whoever still waits is told. */
  close(): void {
    this.#waiters.fail(new SimulatorError('unavailable', 'the simulator was closed'));
  }

  /** The entries with that id, all if none is given. */
  #about(id: string | undefined): readonly LedgerEntry[] {
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

  #recent(): string {
    const last = this.#entries.slice(-LAST_ENTRIES).map((entry) => JSON.stringify(brief(entry)));
    return `the last entries were\n${last.join('\n')}`;
  }
}

/** Whether the entry has the wanted value in every field that matters. */
function fits<E extends object>(entry: E, wanted: { readonly [F in keyof E]?: E[F] | undefined }): boolean {
  for (const field in wanted) if (wanted[field] !== undefined && wanted[field] !== entry[field]) return false;
  return true;
}

/** An entry without what would flood a terminal. */
function brief(entry: LedgerEntry): object {
  return entry.kind === 'delivery' ? { ...entry, message: undefined } : entry;
}
