import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../accounts/account.ts';
import { lidJid, lidOf, phoneJid } from '../accounts/address.ts';
import type { Companion } from '../accounts/companion.ts';
import { post } from '../connection/post.ts';
import type { Network } from '../network.ts';
import { stanza, timestamp } from '../wire/stanza.ts';

/** A message that a simulated phone writes to a real client. */
export interface Letter {
  readonly id: string;
  readonly message: proto.IMessage;
  /** Further attributes of the stanza. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Encrypts the letter for the device and posts it. Letters of one account arrive in the order of these calls. */
export function sendToCompanion(letter: Letter, from: Account, companion: Companion, network: Network): Promise<void> {
  return from.outgoing.run(async () => {
    const peer = { lid: lidOf(companion.phone), device: companion.id };
    const sealed = await from.primary.encrypt(peer, letter.message, () => companion.takeBundle());
    const attributes = { from: phoneJid(from.phone), sender_lid: lidJid(from.lid), id: letter.id, t: timestamp() };
    const content = [stanza('enc', { v: '2', type: sealed.type }, sealed.ciphertext)];
    post(stanza('message', { ...attributes, ...letter.attributes }, content), companion, network);
  });
}
