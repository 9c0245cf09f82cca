import type { Account } from '../accounts/account.ts';
import { phoneDigits } from '../accounts/address.ts';
import { CHALLENGE_TIMEOUT_MS, type PasskeyPolicy } from '../accounts/passkey-policy.ts';
import type { ConnectionView } from '../connection/connections.ts';
import { streamError } from '../connection/stream-error.ts';
import { SimulatorError } from '../errors.ts';
import type { Faults } from '../faults/faults.ts';
import type { StreamErrorCode } from '../faults/rule.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { takeBundle } from '../messages/take-bundle.ts';
import type { Network } from '../network.ts';
import { acceptClient } from '../pairing/accept-client.ts';
import { enterCode } from '../pairing/enter-code.ts';
import { parseQr } from '../pairing/qr.ts';
import type { Settings } from '../settings.ts';
import { saveState } from '../state/state.ts';
import type { Stanza } from '../wire/stanza.ts';
import { addGroup, type GroupOptions } from './add-group.ts';
import { addContact, type Contact, type ContactOptions, contactApi } from './contact-api.ts';
import { type Group, groupApi } from './group-api.ts';
import { inject, injectUnlinked } from './inject.ts';
import { type Phone, phoneApi } from './phone-api.ts';
import { tellDirty } from './tell-dirty.ts';

/** How the server ends a connection. */
type Disconnection = { readonly streamError: StreamErrorCode } | 'reset' | 'close';

/** A linked client as the server sees it. */
interface ClientView {
  readonly device: number;
  /** One-time prekeys that the server has. */
  readonly preKeys: number;
}

/** The API of the simulator, for tests and the HTTP control API. Refusals are `SimulatorError`s. */
export interface Commands {
  readonly ledger: Ledger;
  readonly faults: Faults;
  /** How the simulated WhatsApp works; may be changed at any time. */
  readonly settings: Settings;
  /** The open connections. */
  connections(): ConnectionView[];
  /** Throws `conflict` when the number is taken, `validation_error` when it is not a number. */
  addContact(options: ContactOptions): Contact;
  /** All contacts in the order in which they were added. */
  contacts(): Contact[];
  /**
   * Creates a group and notifies its members. Throws `validation_error` when a number is invalid, `conflict` when the
   * invite code is taken or there are too many participants.
   */
  addGroup(options: GroupOptions): Group;
  /** All groups in the order of their creation. */
  groups(): Group[];
  /** The phone with that number, created if necessary: for what is to be set before it links a client. */
  knownPhone(number: string): Phone;
  /** The clients that are linked to that number. Throws `not_found` when there is no such number. */
  clients(number: string): ClientView[];
  /** Takes prekeys of these clients as people do who do not write then. Throws like `clients`. */
  takePreKeys(number: string, count: number): void;
  /** The phone with that number, for sending from it. Throws `not_found` when there is none. */
  phone(number: string): Phone;
  /**
   * Scans a QR code with the phone of that number, which is created if necessary. Resolves when the client is linked and
   * has been sent the restart, or once it was asked for a passkey (see `setPasskey`). Rejects with `validation_error` (not a QR code), `not_found` (expired), `conflict` (wrong
   * keys or signature), `timeout` (no response) or `unavailable` (the client disconnected).
   */
  scanQr(qr: string, phone: string): Promise<void>;
  /**
   * Enters the pairing code of a client on the phone of that number, which is created if necessary. Dashes and spaces are
   * ignored. Resolves like `scanQr`. Rejects with `not_found` (no client requested a code for that number) or
   * `conflict` (wrong code), and like `scanQr`.
   */
  enterPairingCode(code: string, phone: string): Promise<void>;
  /**
   * Sends any stanza, as it is, to the clients linked to that number; while one is away, it is kept. What WhatsApp expects
   * a client to confirm is sent again until it is. Throws `not_found` when no client is linked.
   */
  inject(phone: string, node: Stanza): void;
  /** The same for the clients that wait to be linked; nothing is kept for them. */
  injectUnlinked(node: Stanza): void;
  /**
   * From now on devices are linked to that number, which is created if necessary, only with a passkey; null lifts that.
   * A challenge is valid for 10 minutes unless `timeoutMs` says otherwise.
   */
  setPasskey(phone: string, policy: Partial<PasskeyPolicy> | null): void;
  /** Ends every connection of the account. Throws `not_found` when it has none. */
  disconnect(account: string, how: Disconnection): void;
  /** Removes all linked devices of the account: their connections end with 401, and later logins fail with 401. */
  unlink(account: string): void;
  /**
   * Tells the clients of the account that what they know of this type (`groups`) is out of date. Throws `not_found` when
   * it has no open connection.
   */
  tellDirty(account: string, type: string): void;
  /**
   * The state of the simulated WhatsApp, for the `state` option of another simulator: accounts with their devices, groups,
   * and stanzas that clients have not fetched. Not included: ledger, faults, and messages in transit.
   */
  save(): string;
}

/** @param known numbers of the contacts in a restored network */
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
    knownPhone: (number) => phoneApi(network.directory.getOrCreate(number), network),
    clients: (number) =>
      accountOf(network, number).companions.map(({ id, preKeyCount }) => ({ device: id, preKeys: preKeyCount })),
    takePreKeys: (number, count) => {
      for (const companion of accountOf(network, number).companions) {
        for (let taken = 0; taken < count; taken += 1) takeBundle(companion, network);
      }
    },
    phone: (number) => phoneApi(accountOf(network, number), network),
    scanQr: async (qr, phone) => scanQr(network, qr, phone),
    enterPairingCode: async (code, phone) => enterPairingCode(network, code, phone),
    inject: (phone, node) => inject(accountOf(network, phone), node, network),
    injectUnlinked: (node) => injectUnlinked(node, network),
    setPasskey: (phone, policy) => {
      const account = network.directory.getOrCreate(phone);
      account.passkey = policy === null ? undefined : { timeoutMs: CHALLENGE_TIMEOUT_MS, ...policy };
    },
    disconnect: (account, how) => disconnect(network, account, how),
    unlink: (account) => unlink(network, account),
    tellDirty: (account, type) => tellDirty(network, account, type),
    save: () => saveState(network, contacts),
  };
}

async function scanQr(network: Network, text: string, phone: string): Promise<void> {
  const qr = parseQr(text);
  const client = network.pairing.claim(qr);
  await acceptClient(network.directory.getOrCreate(phone), client, qr.advSecret, network);
}

async function enterPairingCode(network: Network, code: string, phone: string): Promise<void> {
  const request = network.pairing.codeRequestFor(phoneDigits(phone));
  await enterCode(code, request, network.directory.getOrCreate(phone), network);
}

function disconnect(network: Network, account: string, how: Disconnection): void {
  const connections = network.connections.ofAccount(phoneDigits(account, 'account'));
  if (connections.length === 0) throw new SimulatorError('not_found', `${account} has no open connection`);
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
