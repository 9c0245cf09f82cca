import { SimulatorError } from '../errors.ts';
import type { AccountState } from '../state/schema.ts';
import { SERVER } from '../wire/stanza.ts';
import { Account, type AccountOptions, type Device } from './account.ts';
import { type Address, isLid, parseAddress, phoneDigits } from './address.ts';

/** More numbers than any test needs, few enough to hold in memory. */
const LARGEST_DIRECTORY = 100_000;

/** All accounts of the simulated WhatsApp. A number that is not here does not exist. */
export class Directory {
  readonly #byPhone = new Map<string, Account>();
  readonly #byLid = new Map<string, Account>();
  readonly #byAlias = new Map<string, Account>();

  constructor(accounts: readonly AccountState[] = []) {
    for (const account of accounts) this.#register(new Account(account));
  }

  get accounts(): Account[] {
    return [...this.#byPhone.values()];
  }

  /** Throws `conflict` when the number, or an alias of it, is taken. */
  add(options: Omit<AccountOptions, 'name'> & { readonly name?: string | undefined }): Account {
    const phone = phoneDigits(options.phone);
    const taken = options.listing?.aliases.find((alias) => alias === phone || this.lookUp(alias) !== undefined);
    if (taken !== undefined) throw new SimulatorError('conflict', `${taken} is already on the simulated WhatsApp`);
    if (this.lookUp(phone) !== undefined)
      throw new SimulatorError('conflict', `${phone} is already on the simulated WhatsApp`);
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

  /** The account that a person looks up with these digits: by its number or one of its other spellings. */
  lookUp(digits: string): Account | undefined {
    return this.#byPhone.get(digits) ?? this.#byAlias.get(digits);
  }

  /** The account of an address as others know it: a phone number that they can see, or a LID; a device part is ignored. */
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
    for (const alias of account.listing.aliases) this.#byAlias.set(alias, account);
    return account;
  }

  #account(address: Address): Account | undefined {
    const { user, server } = address;
    if (isLid(address)) return this.#byLid.get(user);
    const account = server === SERVER || server === 'hosted' ? this.#byPhone.get(user) : undefined;
    return account?.number === true ? account : undefined;
  }
}
