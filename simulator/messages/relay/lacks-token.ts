import { child } from '../../wire/stanza.ts';
import type { Envelope } from './envelope.ts';

/**
 * Whether a message needs a valid token of its recipient and has none. Resends and messages to the own phone need none.
 * That the recipient wrote just before makes no difference.
 */
export function lacksToken({ message, sender: { account, network }, chat }: Envelope): boolean {
  const { participant, category } = message.attrs;
  const recipient = network.directory.find(chat);
  if (recipient === undefined || recipient === account || !recipient.tokenRequired) return false;
  if (participant !== undefined || category === 'peer') return false;
  const value = child(message, 'tctoken')?.content;
  if (!(value instanceof Uint8Array)) return true;
  return !recipient.issuedTokens.accepts(account.phone, value, Math.floor(Date.now() / 1000));
}
