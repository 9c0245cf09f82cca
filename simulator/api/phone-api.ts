import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../accounts/account.ts';
import { lidJid } from '../accounts/address.ts';
import type { History } from '../accounts/chat-history.ts';
import { sendPlaceholder } from '../messages/compose/placeholder.ts';
import { edit, revoke } from '../messages/compose/revise.ts';
import { type SendOptions, send } from '../messages/compose/send.ts';
import type { Network } from '../network.ts';
import { devicesApi, type PhoneDevices } from './device-api.ts';

/**
 * A simulated phone and its user. Its messages reach every client that is linked to a recipient or to this phone, now or
 * at the next login; simulated devices do not receive them. The methods that send resolve with the id of the message. They reject
 * with `not_found` when `to` (a number, or the address of a group) is not on the simulated WhatsApp, with `conflict`
 * when it is a group that the phone is not in.
 */
export interface Phone extends PhoneDevices {
  readonly phone: string;
  /** Phone-number address; the LID when others cannot see the number. */
  readonly jid: string;
  readonly lid: string;
  sendText(to: string, text: string, options?: SendOptions): Promise<string>;
  /** Changes how the person calls themselves. Clients learn it from what the phone sends next. */
  setName(name: string): void;
  /** Whether devices are linked only with a passkey. */
  readonly needsPasskey: boolean;
  /** The code to compare with that of the client that is being linked; null while the phone shows none. */
  readonly passkeyCode: string | null;
  /** Sends any protobuf `Message`: a quoted reply, mentions, a poll, a location … */
  send(to: string, message: proto.IMessage, options?: SendOptions): Promise<string>;
  /** Edits a message that this phone has sent. */
  edit(to: string, id: string, text: string): Promise<string>;
  /** Revokes a message that this phone has sent. */
  revoke(to: string, id: string): Promise<string>;
  /**
   * Sends a text of which clients of the recipient get no ciphertext, and returns its id; they may ask their own phone for
   * it. `unavailable` is the type of an `<unavailable>` in the stanza. Throws as the others reject.
   */
  sendPlaceholder(to: string, text: string, unavailable?: string): string;
  /** What the phone tells a client of its chats at its first login. Unknown numbers are created as phones. */
  setHistory(history: History): void;
  /** Holds its next `times` messages to groups back: later ones overtake them. */
  holdBack(times: number): void;
  /** Delivers the messages that are held back, in the order in which they were sent. */
  releaseHeld(): void;
}

export function phoneApi(account: Account, network: Network): Phone {
  return {
    phone: account.phone,
    jid: account.address('pn'),
    lid: lidJid(account.lid),
    setName: (name) => {
      account.name = name;
    },
    sendText: (to, text, options) => send(account, to, { conversation: text }, network, options),
    send: (to, message, options) => send(account, to, message, network, options),
    get needsPasskey() {
      return account.passkey !== undefined;
    },
    get passkeyCode() {
      return network.pairing.ceremonyFor(account)?.code ?? null;
    },
    edit: (to, id, text) => edit(account, to, id, text, network),
    revoke: (to, id) => revoke(account, to, id, network),
    sendPlaceholder: (to, text, unavailable) =>
      sendPlaceholder(account, to, { conversation: text }, unavailable, network),
    setHistory: (history) => {
      for (const { phone } of history.chats) network.directory.getOrCreate(phone, 'chats');
      account.history = history;
    },
    holdBack: (times) => account.held.next(times),
    releaseHeld: () => account.held.release(),
    ...devicesApi(account, network),
  };
}
