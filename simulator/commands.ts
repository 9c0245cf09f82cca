import type { Account } from './accounts/account.ts';
import { phoneDigits } from './accounts/address.ts';
import type { ConnectionView } from './connection/connections.ts';
import { streamError } from './connection/stream-error.ts';
import { addContact, type Contact, type ContactOptions } from './contact.ts';
import { SimulatorError } from './errors.ts';
import type { Faults } from './faults/faults.ts';
import type { StreamErrorCode } from './faults/rule.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Network } from './network.ts';
import { enterCode } from './pairing/enter-code.ts';
import { linkDevice } from './pairing/link-device.ts';
import { parseQr } from './pairing/qr.ts';

/** How a connection is ended from the server's side. */
type Disconnection = { readonly streamError: StreamErrorCode } | 'reset' | 'close';

/** What a test, or a person at the control face, can see and do. Refusals are `SimulatorError`s. */
export interface Commands {
  readonly ledger: Ledger;
  readonly faults: Faults;
  /** The connections that are open now. */
  connections(): ConnectionView[];
  /** Throws `conflict` when the number is taken, `validation_error` when it is no number. */
  addContact(options: ContactOptions): Contact;
  /** Everybody who was added, in that order. */
  contacts(): Contact[];
  /**
   * The phone with that number, made if need be, scans a QR code. Resolves when the client was linked and told to
   * restart. Rejects with `validation_error` (not a QR code), `not_found` (expired), `conflict` (foreign keys) or
   * `unavailable` (the client hung up).
   */
  scanQr(qr: string, phone: string): Promise<void>;
  /**
   * The owner of that phone, made if need be, types the code that a client shows (a dash in it is ignored). Resolves
   * like `scanQr`. Rejects with `not_found` (no client asks that number for one) or `conflict` (wrong code).
   */
  enterPairingCode(code: string, phone: string): Promise<void>;
  /** Ends every connection of the account. Throws `not_found` when it has none. */
  disconnect(account: string, how: Disconnection): void;
  /** The phone removes its linked devices: their connections end with 401, and their later logins fail with 401. */
  unlink(account: string): void;
}

export function createCommands(network: Network): Commands {
  const contacts: Contact[] = [];
  return {
    ledger: network.ledger,
    faults: network.faults,
    connections: () => network.connections.views(),
    contacts: () => [...contacts],
    addContact: (options) => {
      const contact = addContact(network, options);
      contacts.push(contact);
      return contact;
    },
    scanQr: async (qr, phone) => scanQr(network, qr, phone),
    enterPairingCode: async (code, phone) => enterPairingCode(network, code, phone),
    disconnect: (account, how) => disconnect(network, account, how),
    unlink: (account) => unlink(network, account),
  };
}

async function scanQr(network: Network, text: string, phone: string): Promise<void> {
  const qr = parseQr(text);
  const applicant = network.pairing.claim(qr);
  await linkDevice(phoneOwner(network, phone), applicant, qr.advSecret);
}

async function enterPairingCode(network: Network, code: string, phone: string): Promise<void> {
  const request = network.pairing.codeRequestFor(phoneDigits(phone));
  await enterCode(code, request, phoneOwner(network, phone));
}

/** A phone comes into being when it first links something. */
function phoneOwner({ directory }: Network, phone: string): Account {
  return directory.byPhone(phoneDigits(phone)) ?? directory.add({ phone, receipts: 'delivered' });
}

function disconnect(network: Network, account: string, how: Disconnection): void {
  const connections = network.connections.ofAccount(phoneDigits(account, 'account'));
  if (connections.length === 0) throw new SimulatorError('not_found', `${account} has no connection`);
  for (const connection of connections) {
    if (how === 'reset') connection.reset();
    else if (how === 'close') connection.close();
    else connection.endWith(streamError(how.streamError));
  }
}

function unlink(network: Network, account: string): void {
  const phone = phoneDigits(account, 'account');
  const owner = network.directory.byPhone(phone);
  if (owner === undefined) throw new SimulatorError('not_found', `${account} is not on the simulated WhatsApp`);
  for (const { id } of owner.companions) owner.unlink(id);
  for (const connection of network.connections.ofAccount(phone)) connection.endWith(streamError(401));
}
