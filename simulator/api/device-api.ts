import { randomBytes } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import { lidJid, phoneDigits, phoneJid } from '../accounts/address.ts';
import type { SimulatedDevice } from '../accounts/simulated-device.ts';
import { deliverOrQueue } from '../connection/offline-queue.ts';
import { SimulatorError } from '../errors.ts';
import { requestRetry } from '../messages/relay/request-retry.ts';
import type { Network } from '../network.ts';
import { type Stanza, stanza, timestamp } from '../wire/stanza.ts';

/** Whether linked clients are told of a change; by default they are. */
interface Notice {
  readonly notify?: boolean | undefined;
}

/** The simulated devices of a phone, which come, go, and lose their keys. */
export interface PhoneDevices {
  /** Links another simulated device. Returns its id. Throws `conflict` when there are no ids left. */
  addDevice(notice?: Notice): number;
  /** Throws `not_found` when there is no such linked device. */
  removeDevice(id: number, notice?: Notice): void;
  /** All simulated devices of the phone begin anew, with new identity keys at the same addresses. */
  reinstall(notice?: Notice): void;
  /**
   * Takes the keys of a device away, so that the server answers a query for them with this code (404, 406, or 0: not at
   * all), or gives them back. Throws `not_found` when there is no such simulated device.
   */
  setKeys(id: number, code: number | undefined): void;
  /** Its devices have only so many one-time prekeys left; undefined for as many as are asked for. */
  limitPreKeys(count: number | undefined): void;
  /** When its devices ask for a message again that they cannot decrypt: never, or after this many milliseconds. */
  asks(when: 'never' | number): void;
  /**
   * Its phone asks the clients of `author` for a message again, whether the message was for it or not; `chat` is the
   * address of a group to ask from. Throws `not_found` when there is no such author.
   */
  requestRetry(id: string, author: string, chat?: string): void;
}

export function devicesApi(account: Account, network: Network): PhoneDevices {
  return {
    addDevice: (notice) => {
      const { id } = account.linkSimulated();
      if (notice?.notify !== false) notifyOfDevices(account, 'add', id, network);
      return id;
    },
    removeDevice: (id, notice) => {
      if (id === 0) throw new SimulatorError('not_found', 'a phone cannot be removed');
      simulated(account, id);
      account.unlink(id);
      if (notice?.notify !== false) notifyOfDevices(account, 'remove', id, network);
    },
    reinstall: (notice) => {
      account.reinstall();
      if (notice?.notify !== false) notify(account, notification(account, 'encrypt', [stanza('identity')]), network);
    },
    setKeys: (id, code) => {
      simulated(account, id).keyless = code;
    },
    limitPreKeys: (count) => {
      for (const device of account.devices) if (device.kind === 'simulated') device.limitPreKeys(count);
    },
    asks: (when) => {
      account.asks = when;
    },
    requestRetry: (id, number, chat = '') => {
      const author = network.directory.byPhone(phoneDigits(number, 'author'));
      if (author === undefined) throw new SimulatorError('not_found', `${number} is not on the simulated WhatsApp`);
      requestRetry(account, id, author, chat, network);
    },
  };
}

function simulated(account: Account, id: number): SimulatedDevice {
  const device = account.device(id);
  if (device?.kind === 'simulated') return device;
  throw new SimulatorError('not_found', `${account.phone} has no simulated device ${id}`);
}

/** The account's own clients are told in another form. */
function notifyOfDevices(account: Account, change: 'add' | 'remove', id: number, network: Network): void {
  const { phone, lid } = account;
  const device = stanza('device', { jid: account.address('pn', id), lid: lidJid(lid, id), 'key-index': String(id) });
  notify(account, notification(account, 'devices', [stanza(change, {}, [device])]), network);
  const all = account.devices.map((one) =>
    stanza('device', { jid: phoneJid(phone, one.id), 'key-index': String(one.id) }),
  );
  for (const companion of account.companions) {
    deliverOrQueue(notification(account, 'account_sync', [stanza('devices', {}, all)]), companion, network);
  }
}

function notification(account: Account, type: string, content: Stanza[]): Stanza {
  const attributes = {
    from: account.address('pn'),
    lid: lidJid(account.lid),
    type,
    id: randomBytes(8).toString('hex'),
    t: timestamp(),
  };
  return stanza('notification', attributes, content);
}

/** Tells every client that is linked to another account. */
function notify(account: Account, node: Stanza, network: Network): void {
  const others = network.directory.accounts.filter((other) => other !== account);
  for (const { companions } of others) for (const companion of companions) deliverOrQueue(node, companion, network);
}
