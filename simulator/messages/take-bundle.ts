import { randomBytes } from 'node:crypto';
import type { Companion } from '../accounts/companion.ts';
import { deliverOrQueue } from '../connection/offline-queue.ts';
import type { KeyBundle } from '../signal/key-bundle.ts';
import { SERVER, stanza, timestamp } from '../wire/stanza.ts';
import type { MessageNetwork } from './network.ts';

/** Below this many one-time prekeys of a device the server tells it how many are left, each time that one is taken. */
const LOW_STOCK = 10;
const ID_BYTES = 8;

/** Takes a bundle of a client's keys for somebody who begins a session with it. */
export function takeBundle(companion: Companion, network: MessageNetwork): KeyBundle {
  const bundle = companion.takeBundle();
  if (bundle.preKey !== undefined && companion.preKeyCount < LOW_STOCK && !network.settings.fewPreKeys) {
    const attributes = { from: SERVER, type: 'encrypt', id: randomBytes(ID_BYTES).toString('hex'), t: timestamp() };
    const count = stanza('count', { value: String(companion.preKeyCount) });
    deliverOrQueue(stanza('notification', attributes, [count]), companion, network);
  }
  return bundle;
}
