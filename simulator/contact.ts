import type { Account, ReceiptHabit } from './accounts/account.ts';
import { lidJid, phoneJid } from './accounts/address.ts';
import { SimulatorError } from './errors.ts';
import { sendText } from './messages/send-text.ts';
import type { Network } from './network.ts';

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
export interface Contact {
  readonly phone: string;
  /** Phone-number address: what a client writes to. */
  readonly jid: string;
  readonly lid: string;
  readonly name: string;
  /** How many devices decrypt what is sent to the contact. */
  readonly devices: number;
  receipts: ReceiptHabit;
  /**
   * Writes to a number. Every client linked to it gets the text, at once or when it comes back; resolves with the id
   * of the message. Rejects with `not_found` when the number is not on the simulated WhatsApp.
   */
  sendText(to: string, text: string): Promise<string>;
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
  return contactFace(account, network);
}

function contactFace(account: Account, network: Network): Contact {
  return {
    phone: account.phone,
    jid: phoneJid(account.phone),
    lid: lidJid(account.lid),
    name: account.name,
    devices: account.devices.length,
    get receipts() {
      return account.receipts;
    },
    set receipts(habit: ReceiptHabit) {
      account.receipts = habit;
    },
    sendText: (to, text) => sendText(account, to, text, network),
  };
}
