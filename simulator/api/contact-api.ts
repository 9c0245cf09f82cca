import { type Account, type AccountOptions, PLAIN_LISTING, type ReceiptHabit } from '../accounts/account.ts';
import { type Addressing, HOSTED_DEVICE_ID, phoneDigits } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import { sendHosted } from '../messages/compose/send-hosted.ts';
import { type Sealing, vote } from '../messages/compose/vote.ts';
import type { Network } from '../network.ts';
import type { ListingState } from '../state/schema.ts';
import { type Phone, phoneApi } from './phone-api.ts';

/** The options of a new contact. */
export interface ContactOptions {
  /** International form; punctuation is ignored. */
  readonly phone: string;
  readonly name?: string | undefined;
  /** Including the phone. Default: 2. */
  readonly devices?: number | undefined;
  /** Default: `read` (sends delivered, then read). */
  readonly receipts?: ReceiptHabit | undefined;
  /** With `required` only messages with a privacy token of the contact reach it; others are refused with 463. */
  readonly token?: TokenRule | undefined;
  /** How many one-time prekeys each of its devices has; unlimited unless given. */
  readonly preKeys?: number | undefined;
  /** Ids of devices that are listed and have no keys: linked once, and not registered any more. */
  readonly keyless?: readonly number[] | undefined;
  /** Whether it is a business that is on Meta's Cloud API, too: it has a hosted device. */
  readonly hosted?: boolean | undefined;
  /** See `PhoneDevices`. Default: 0. */
  readonly asks?: 'never' | number | undefined;
  /**
   * Whether direct messages to the number are delivered, or answered with 463: then only the LID can be written to.
   * Default: refused when WhatsApp addresses the contact by LID.
   */
  readonly numbers?: ListingState['numbers'] | undefined;
  /** Other spellings of the number, with which it can be looked up but not written to. */
  readonly aliases?: readonly string[] | undefined;
  /** Default: `known`. With `none` the server names no LID, and the number is the only address. */
  readonly lid?: ListingState['lid'] | undefined;
  /** How WhatsApp addresses the contact in direct chats. Default: by LID when the number is odd. */
  readonly addressing?: Addressing | undefined;
  readonly username?: string | undefined;
  /** `false`: nobody can see the number, or write to it; the contact is known by LID only. */
  readonly number?: boolean | undefined;
}

/** Whether writing to a person needs a privacy token of theirs. */
type TokenRule = 'required' | 'optional';

/** A person with a phone and linked devices, all of them simulated. */
export interface Contact extends Phone {
  readonly name: string;
  /** The number of devices. */
  readonly devices: number;
  readonly addressing: Addressing;
  readonly username: string | undefined;
  /** Whether others can see the number. */
  readonly number: boolean;
  receipts: ReceiptHabit;
  token: TokenRule;
  /** Sends a text from the hosted device. Rejects with `conflict` when there is none, and like `sendText`. */
  sendTextHosted(to: string, text: string): Promise<string>;
  readonly listing: ListingState;
  /**
   * Votes in a poll that the contact has decrypted; a later vote replaces an earlier one. Resolves with the id of the
   * vote, which is bound to addresses of the poll's author and the voter (`sealing`). Rejects with `not_found` when there
   * is no such poll, `validation_error` when the options are not the poll's.
   */
  vote(pollId: string, options: readonly string[], sealing?: Sealing): Promise<string>;
  /**
   * Makes one device, or all of them, fail to decrypt the next `times` messages, for which it requests a retry. Throws
   * `not_found` when there is no such device.
   */
  failDecryption(failure: { readonly device?: number | undefined; readonly times: number }): void;
}

/** Including the phone; the limit of WhatsApp is a phone and four linked devices. */
export const LARGEST_DEVICE_COUNT = 10;

/**
 * Throws `conflict` when the number or an alias is taken, `validation_error` when one is not a number or there are too
 * many devices.
 */
export function addContact(network: Network, options: ContactOptions): Contact {
  const { phone, name, username, addressing, number, devices = 2, receipts = 'read' } = options;
  const { token = 'optional', preKeys } = options;
  if (!Number.isInteger(devices) || devices < 1 || devices > LARGEST_DEVICE_COUNT) {
    const message = `devices must be a whole number from 1 to ${LARGEST_DEVICE_COUNT}`;
    throw new SimulatorError('validation_error', message, { details: { field: 'devices' } });
  }
  const known = { username, addressing, number, listing: listingOf(options) };
  const account = network.directory.add({ phone, name, receipts, ...known, tokenRequired: token === 'required' });
  for (let id = 1; id < devices; id += 1) account.linkSimulated();
  if (preKeys !== undefined) {
    for (const device of account.devices) if (device.kind === 'simulated') device.limitPreKeys(preKeys);
  }
  if (options.hosted === true) account.linkSimulated(HOSTED_DEVICE_ID);
  account.asks = options.asks ?? 0;
  const contact = contactApi(account, network);
  for (const id of options.keyless ?? []) contact.setKeys(id, 404);
  return contact;
}

function listingOf({ numbers, aliases, lid }: ContactOptions): NonNullable<AccountOptions['listing']> {
  return {
    ...(numbers !== undefined && { numbers }),
    aliases: (aliases ?? []).map((alias) => phoneDigits(alias, 'aliases')),
    lid: lid ?? PLAIN_LISTING.lid,
  };
}

export function contactApi(account: Account, network: Network): Contact {
  return {
    ...phoneApi(account, network),
    name: account.name,
    get devices() {
      return account.devices.length;
    },
    listing: account.listing,
    addressing: account.addressing,
    username: account.username,
    number: account.number,
    get receipts() {
      return account.receipts;
    },
    set receipts(habit: ReceiptHabit) {
      account.receipts = habit;
    },
    get token() {
      return account.tokenRequired ? 'required' : 'optional';
    },
    set token(rule: TokenRule) {
      account.tokenRequired = rule === 'required';
    },
    sendTextHosted: (to, text) => sendHosted(account, to, { conversation: text }, network),
    vote: (pollId, options, sealing) => vote(account, pollId, options, network, sealing),
    failDecryption: ({ device, times }) => failDecryption(account, device, times),
  };
}

function failDecryption(account: Account, id: number | undefined, times: number): void {
  const failing = account.devices.filter((device) => id === undefined || device.id === id);
  if (failing.length === 0) throw new SimulatorError('not_found', `${account.phone} has no device ${id}`);
  for (const device of failing) if (device.kind === 'simulated') device.failNext(times);
}
