import { randomBytes } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import { lidJid, phoneJid } from '../accounts/address.ts';
import { deliverOrQueue } from '../connection/offline-queue.ts';
import { stanza } from '../wire/stanza.ts';
import type { MessageNetwork } from './network.ts';

const ID_BYTES = 8;

/**
 * Issues a token of an account and notifies the devices of its new holder.
 * @param issuedAt in epoch seconds
 */
export function issueToken(issuer: Account, holder: Account, issuedAt: number, network: MessageNetwork): void {
  const { value } = issuer.issuedTokens.issue(holder.phone, issuedAt);
  const attributes = {
    from: issuer.address('pn'),
    sender_lid: lidJid(issuer.lid),
    type: 'privacy_token',
    id: randomBytes(ID_BYTES).toString('hex'),
    t: String(issuedAt),
  };
  for (const companion of holder.companions) {
    const token = { jid: phoneJid(holder.phone, companion.id), type: 'trusted_contact', t: String(issuedAt) };
    const content = [stanza('tokens', {}, [stanza('token', token, value)])];
    deliverOrQueue(stanza('notification', attributes, content), companion, network);
  }
}

/** What a phone does after writing to a person: it issues a token unless it has done so in this interval. */
export function issueTokenIfDue(issuer: Account, holder: Account, network: MessageNetwork): void {
  if (issuer === holder || holder.companions.length === 0) return;
  const now = Math.floor(Date.now() / 1000);
  if (!issuer.issuedTokens.hasOneFor(holder.phone, now)) issueToken(issuer, holder, now, network);
}
