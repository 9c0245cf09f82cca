import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../accounts/account.ts';
import { lidJid, phoneJid } from '../accounts/address.ts';
import type { Companion } from '../accounts/companion.ts';
import type { SimulatedDevice } from '../accounts/simulated-device.ts';
import { post } from '../connection/post.ts';
import { reasonOf } from '../errors.ts';
import { child, requiredAttribute, type Stanza, stanza, timestamp } from '../wire/stanza.ts';
import { type Parcel, parcelsOf } from './parcel.ts';
import type { Sender } from './sender.ts';
import { textOf } from './text.ts';

/** A simulated device that could read the message. */
export interface Reader {
  readonly account: Account;
  readonly device: SimulatedDevice;
}

/** Hands every device its part of the message. Resolves with the simulated devices that could decrypt it. */
export async function deliver(message: Stanza, sender: Sender): Promise<Reader[]> {
  const readers = await Promise.all(parcelsOf(message).map((parcel) => hand(parcel, message, sender)));
  return readers.filter((reader) => reader !== undefined);
}

async function hand(parcel: Parcel, message: Stanza, sender: Sender): Promise<Reader | undefined> {
  const found = sender.network.directory.findDevice(parcel.jid);
  if (found === undefined) return undefined;
  const { account, device } = found;
  if (device.kind === 'simulated') return read(parcel, message, sender, { account, device });
  forward(parcel, message, sender, device);
  return undefined;
}

async function read(parcel: Parcel, message: Stanza, sender: Sender, reader: Reader): Promise<Reader | undefined> {
  const { account, device } = reader;
  const { ledger } = sender.network;
  const head = {
    id: requiredAttribute(message, 'id'),
    from: sender.account.phone,
    to: account.phone,
    device: device.id,
  };
  try {
    const peer = { lid: sender.account.lid, device: sender.companion.id };
    const { content, ownCopy } = unwrap(await device.decrypt(peer, parcel.sealed));
    const chat = requiredAttribute(message, 'to');
    ledger.append({ kind: 'delivery', ...head, chat, ownCopy, text: textOf(content), message: content });
    return reader;
  } catch (error) {
    ledger.append({ kind: 'undecryptable', ...head, reason: reasonOf(error) });
    return undefined;
  }
}

/** What the sender's other devices get is wrapped in a note about the chat that it was sent to. */
function unwrap(message: proto.IMessage): { content: proto.IMessage; ownCopy: boolean } {
  const copy = message.deviceSentMessage?.message;
  return copy === null || copy === undefined ? { content: message, ownCopy: false } : { content: copy, ownCopy: true };
}

/** A recipient that is a real client gets the stanza, at once or when it comes back. */
function forward(
  { sealed }: Parcel,
  message: Stanza,
  { account, companion, network }: Sender,
  recipient: Companion,
): void {
  const { id, to, type, edit } = message.attrs;
  const attributes = {
    from: phoneJid(account.phone, companion.id),
    sender_lid: lidJid(account.lid, companion.id),
    // Tells the sender's own other devices which chat the message belongs to.
    recipient: recipient.phone === account.phone ? to : undefined,
    ...{ id, type, edit, t: timestamp(), notify: account.name },
  };
  const content = [stanza('enc', { v: '2', type: sealed.type }, sealed.ciphertext)];
  const identity = child(message, 'device-identity');
  if (identity !== undefined && sealed.type === 'pkmsg') content.push(identity);
  post(stanza('message', attributes, content), recipient, network);
}
