import { SimulatorError } from '../errors.ts';
import type { AccountState } from '../state/schema.ts';
import { SERVER } from '../wire/stanza.ts';
import { Account, type Device, type NewAccount } from './account.ts';
import { type Address, isLid, parseAddress, phoneDigits } from './address.ts';

/** More numbers than any test needs, few enough to hold in memory. */
const LARGEST_DIRECTORY = 100_000;

/** All accounts of the simulated WhatsApp. A number that is not here does not exist. */
export class Directory {
  readonly #byPhone = new Map<string, Account>();
  readonly #byLid = new Map<string, Account>();

  constructor(accounts: readonly AccountState[] = []) {
    for (const account of accounts) this.#register(new Account(account));
  }

  get accounts(): Account[] {
    return [...this.#byPhone.values()];
  }

  /** Throws `conflict` when the number is taken. */
  add(options: Omit<NewAccount, 'name'> & { name?: string | undefined }): Account {
    const phone = phoneDigits(options.phone);
    if (this.#byPhone.has(phone)) throw new SimulatorError('conflict', `${phone} is already on the simulated WhatsApp`);
    if (this.#byPhone.size >= LARGEST_DIRECTORY) throw new SimulatorError('conflict', 'the directory is full');
    return this.#register(new Account({ ...options, phone, name: options.name ?? phone }));
  }

  /** The account of that number, created with a phone if there is none. Throws like `add`. */
  getOrCreate(phone: string, field?: string): Account {
    return this.byPhone(phoneDigits(phone, field)) ?? this.add({ phone, receipts: 'delivered' });
  }

  byPhone(phone: string): Account | undefined {
    return this.#byPhone.get(phone);
  }

  /** The account of a phone-number or LID address, with or without a device part. */
  find(jid: string): Account | undefined {
    const address = parseAddress(jid);
    return address === undefined ? undefined : this.#account(address);
  }

  findDevice(jid: string): { account: Account; device: Device } | undefined {
    const address = parseAddress(jid);
    if (address === undefined) return undefined;
    const account = this.#account(address);
    const device = account?.device(address.device);
    return account === undefined || device === undefined ? undefined : { account, device };
  }

  #register(account: Account): Account {
    this.#byPhone.set(account.phone, account);
    this.#byLid.set(account.lid, account);
    return account;
  }

  #account(address: Address): Account | undefined {
    const { user, server } = address;
    if (isLid(address)) return this.#byLid.get(user);
    return server === SERVER || server === 'hosted' ? this.#byPhone.get(user) : undefined;
  }
}
