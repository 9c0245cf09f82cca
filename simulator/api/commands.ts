import type { Account } from '../accounts/account.ts';
import { phoneDigits } from '../accounts/address.ts';
import type { ConnectionView } from '../connection/connections.ts';
import { streamError } from '../connection/stream-error.ts';
import { SimulatorError } from '../errors.ts';
import type { Faults } from '../faults/faults.ts';
import type { StreamErrorCode } from '../faults/rule.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Network } from '../network.ts';
import { enterCode } from '../pairing/enter-code.ts';
import { linkDevice } from '../pairing/link-device.ts';
import { parseQr } from '../pairing/qr.ts';
import type { Settings } from '../settings.ts';
import { saveState } from '../state/state.ts';
import { addGroup, type GroupOptions } from './add-group.ts';
import { addContact, type Contact, type ContactOptions, contactApi } from './contact-api.ts';
import { type Group, groupApi } from './group-api.ts';
import { type Phone, phoneApi } from './phone-api.ts';

/** How a connection is ended from the server's side. */
type Disconnection = { readonly streamError: StreamErrorCode } | 'reset' | 'close';

/** What a test, or a person at the control face, can see and do. Refusals are `SimulatorError`s. */
export interface Commands {
  readonly ledger: Ledger;
  readonly faults: Faults;
  /** How the simulated WhatsApp works; may be changed at any time. */
  readonly settings: Settings;
  /** The connections that are open now. */
  connections(): ConnectionView[];
  /** Throws `conflict` when the number is taken, `validation_error` when it is no number. */
  addContact(options: ContactOptions): Contact;
  /** Everybody who was added, in that order. */
  contacts(): Contact[];
  /**
   * Makes a group and tells its members. Throws `validation_error` when a number is none, `conflict` when the invite
   * code is taken or there are more participants than the group may have.
   */
  addGroup(options: GroupOptions): Group;
  /** Every group, in the order in which they were made. */
  groups(): Group[];
  /** The phone with that number, whose owner can type on it. Throws `not_found` when nobody has the number. */
  phone(number: string): Phone;
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
  /**
   * All that the simulated WhatsApp remembers, for the `state` of another simulator: accounts and their devices, groups,
   * and what clients have not fetched. Not the ledger and the faults, and not what is on its way at this moment.
   */
  save(): string;
}

/** @param known numbers of contacts that the network has already */
export function createCommands(network: Network, known: readonly string[] = []): Commands {
  const contacts: Contact[] = known.map((phone) => contactApi(accountOf(network, phone), network));
  return {
    ledger: network.ledger,
    faults: network.faults,
    settings: network.settings,
    connections: () => network.connections.views(),
    contacts: () => [...contacts],
    addContact: (options) => {
      const contact = addContact(network, options);
      contacts.push(contact);
      return contact;
    },
    addGroup: (options) => addGroup(network, options),
    groups: () => network.groups.all.map((group) => groupApi(group, network)),
    phone: (number) => phoneApi(accountOf(network, number), network),
    scanQr: async (qr, phone) => scanQr(network, qr, phone),
    enterPairingCode: async (code, phone) => enterPairingCode(network, code, phone),
    disconnect: (account, how) => disconnect(network, account, how),
    unlink: (account) => unlink(network, account),
    save: () => saveState(network, contacts),
  };
}

async function scanQr(network: Network, text: string, phone: string): Promise<void> {
  const qr = parseQr(text);
  const client = network.pairing.claim(qr);
  await linkDevice(network.directory.getOrCreate(phone), client, qr.advSecret);
}

async function enterPairingCode(network: Network, code: string, phone: string): Promise<void> {
  const request = network.pairing.codeRequestFor(phoneDigits(phone));
  await enterCode(code, request, network.directory.getOrCreate(phone));
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
  const owner = accountOf(network, account, 'account');
  for (const { id } of owner.companions) owner.unlink(id);
  for (const connection of network.connections.ofAccount(owner.phone)) connection.endWith(streamError(401));
}

function accountOf({ directory }: Network, phone: string, field?: string): Account {
  const account = directory.byPhone(phoneDigits(phone, field));
  if (account === undefined) throw new SimulatorError('not_found', `${phone} is not on the simulated WhatsApp`);
  return account;
}
