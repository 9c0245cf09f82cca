import { AsyncLocalStorage } from 'node:async_hooks';
import type { SignalDataSet, SignalDataTypeMap, SignalKeyStoreWithTransaction } from '@whiskeysockets/baileys';
import { SerialQueue } from '../../../domain/serial-queue.ts';
import type { SetEntry } from '../../../store/contract.ts';
import type { SignalKeyStore } from './signal-key-store.ts';

/** The changes of a transaction, and whether further ones still belong to it. */
interface Transaction {
  state: 'open' | 'over';
  readonly changes: SignalDataSet;
  /** Of other kinds, for the same commit. */
  readonly entries: SetEntry[];
}

/**
 * The key store of the Signal protocol, write-ahead: a transaction resolves when its changes are durable, so no encrypted
 * byte is sent and no decrypted message is confirmed before its ratchet is stored. Transactions of an account are
 * serialized, whatever their label: a contact has two addresses (number and LID) for the same ratchet.
 *
 * Baileys' own store treats a whole send as one transaction that ends after the write to the wire, and lets a send and a
 * receive of one contact overwrite each other's ratchet (7.0.0-rc14, `addTransactionCapability`).
 */
export class SignalTransactions implements SignalKeyStoreWithTransaction {
  readonly #keyStore: SignalKeyStore;
  readonly #current = new AsyncLocalStorage<Transaction>();
  readonly #queue = new SerialQueue();

  constructor(keyStore: SignalKeyStore) {
    this.#keyStore = keyStore;
  }

  async get<T extends keyof SignalDataTypeMap>(
    type: T,
    ids: string[],
  ): Promise<{ [id: string]: SignalDataTypeMap[T] }> {
    const changed = this.#open()?.changes[type];
    if (changed === undefined) return this.#keyStore.get(type, ids);
    const unchanged = ids.filter((id) => changed[id] === undefined);
    const values = await this.#keyStore.get(type, unchanged);
    for (const id of ids) {
      const value = changed[id];
      if (value !== undefined && value !== null) values[id] = value;
    }
    return values;
  }

  /** Outside a transaction it resolves when the change is durable. */
  async set(data: SignalDataSet): Promise<void> {
    const transaction = this.#open();
    if (transaction === undefined) return this.#keyStore.change(data);
    for (const type of typesIn(data)) merge(transaction.changes, data, type);
  }

  /** Stores an entry of another kind in the commit of the current transaction. */
  include(entry: SetEntry): void {
    const transaction = this.#open();
    if (transaction === undefined) throw new Error('there is no transaction to include an entry in');
    transaction.entries.push(entry);
  }

  isInTransaction(): boolean {
    return this.#open() !== undefined;
  }

  /** A nested transaction is part of the outer one. When `work` throws, nothing is changed. */
  async transaction<R>(work: () => Promise<R>): Promise<R> {
    if (this.isInTransaction()) return work();
    const { result, durable } = await this.#queue.run(() => this.#run(work));
    await durable;
    return result;
  }

  /** Work on the stored keys; it waits for the transactions before it, and others wait for it. */
  inTurn(work: () => Promise<void>): Promise<void> {
    return this.#queue.run(work);
  }

  /** A change from outside the protocol; it waits for the transactions before it. */
  async setInTurn(data: SignalDataSet): Promise<void> {
    const { durable } = await this.#queue.run(async () => ({ durable: this.#keyStore.change(data) }));
    await durable;
  }

  /** Resolves when the transactions in progress are durable; none begins after this call. */
  async finish(): Promise<void> {
    await new Promise<void>((resolve) => {
      void this.#queue.run(() => {
        resolve();
        return new Promise(() => undefined);
      });
    });
    await this.#keyStore.settled();
  }

  async #run<R>(work: () => Promise<R>): Promise<{ result: R; durable: Promise<void> }> {
    const transaction: Transaction = { state: 'open', changes: {}, entries: [] };
    try {
      const result = await this.#current.run(transaction, work);
      return { result, durable: this.#keyStore.change(transaction.changes, transaction.entries) };
    } finally {
      // Work that was not awaited keeps its async context: its later changes are stored on their own.
      transaction.state = 'over';
    }
  }

  #open(): Transaction | undefined {
    const transaction = this.#current.getStore();
    return transaction?.state === 'open' ? transaction : undefined;
  }
}

function typesIn(data: SignalDataSet): (keyof SignalDataTypeMap)[] {
  return Object.keys(data).filter((type): type is keyof SignalDataTypeMap => type in data);
}

function merge<T extends keyof SignalDataTypeMap>(into: SignalDataSet, from: SignalDataSet, type: T): void {
  into[type] = { ...into[type], ...from[type] };
}
