import type { Account, ReceiptHabit } from '../accounts/account.ts';
import { SimulatorError } from '../errors.ts';
import { vote } from '../messages/compose/vote.ts';
import type { Network } from '../network.ts';
import { type Phone, phoneApi } from './phone-api.ts';

/** How a simulated contact is made. */
export interface ContactOptions {
  /** International form; punctuation is ignored. */
  readonly phone: string;
  readonly name?: string | undefined;
  /** Phone included; 2 unless given. */
  readonly devices?: number | undefined;
  /** `read` (sends delivered, then read) unless given. */
  readonly receipts?: ReceiptHabit | undefined;
}

/** Somebody with a phone and perhaps linked devices, all of them simulated. */
export interface Contact extends Phone {
  readonly name: string;
  /** How many devices decrypt what is sent to the contact. */
  readonly devices: number;
  receipts: ReceiptHabit;
  /**
   * Votes in a poll that the contact has decrypted; a later vote replaces an earlier one. Resolves with the id of the
   * vote. Rejects with `not_found` when there is no such poll, `validation_error` when the options are not the poll's.
   */
  vote(pollId: string, options: readonly string[]): Promise<string>;
  /**
   * One device, or every one, cannot decrypt the next `times` messages, and asks for them again. Throws `not_found`
   * when there is no such device.
   */
  failDecryption(failure: { readonly device?: number | undefined; readonly times: number }): void;
}

/** Phone included; the real limit is a phone and four linked devices. */
export const LARGEST_DEVICE_COUNT = 10;

/** Throws `conflict` when the number is taken, `validation_error` when it is no number or there are too many devices. */
export function addContact(network: Network, options: ContactOptions): Contact {
  const { phone, name, devices = 2, receipts = 'read' } = options;
  if (!Number.isInteger(devices) || devices < 1 || devices > LARGEST_DEVICE_COUNT) {
    const message = `a contact has 1 to ${LARGEST_DEVICE_COUNT} devices`;
    throw new SimulatorError('validation_error', message, { details: { field: 'devices' } });
  }
  const account = network.directory.add({ phone, name, receipts });
  for (let id = 1; id < devices; id += 1) account.linkSimulated();
  return contactApi(account, network);
}

export function contactApi(account: Account, network: Network): Contact {
  return {
    ...phoneApi(account, network),
    name: account.name,
    devices: account.devices.length,
    get receipts() {
      return account.receipts;
    },
    set receipts(habit: ReceiptHabit) {
      account.receipts = habit;
    },
    vote: (pollId, options) => vote(account, pollId, options, network),
    failDecryption: ({ device, times }) => failDecryption(account, device, times),
  };
}

function failDecryption(account: Account, id: number | undefined, times: number): void {
  const failing = account.devices.filter((device) => id === undefined || device.id === id);
  if (failing.length === 0) throw new SimulatorError('not_found', `${account.phone} has no device ${id}`);
  for (const device of failing) if (device.kind === 'simulated') device.failNext(times);
}
