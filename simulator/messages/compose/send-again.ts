import type { Account } from '../../accounts/account.ts';
import type { Companion } from '../../accounts/companion.ts';
import type { Draft } from '../../accounts/draft.ts';
import { readKeysForRetry } from '../../signal/key-bundle.ts';
import { child, requiredAttribute, type Stanza } from '../../wire/stanza.ts';
import type { MessageNetwork } from '../network.ts';
import { type OutgoingMessage, outgoingAttributes, outgoingToPerson } from './outgoing-message.ts';
import { peerOf, sendToCompanion } from './send-to-companion.ts';
import { keyMessage } from './send-to-group.ts';

/**
 * A client could not read what a simulated phone wrote and asks for it: the phone sends it to that client alone, in a
 * new session, with its key for the group if it was for one. What it has forgotten it does not send.
 */
export async function sendAgain(
  request: Stanza,
  author: Account,
  client: Companion,
  network: MessageNetwork,
): Promise<void> {
  const draft = author.drafts.get(requiredAttribute(request, 'id'));
  if (draft === undefined) return;
  const keys = readKeysForRetry(request) ?? client.takeBundle();
  await author.outgoing.run(() => author.primary.renewSession(peerOf(client), keys));
  const resend = Number(child(request, 'retry')?.attrs['count'] ?? 1);
  await sendToCompanion({ ...letterOf(draft, author, client, network), resend }, author, client, network);
}

function letterOf(draft: Draft, author: Account, client: Companion, network: MessageNetwork): OutgoingMessage {
  const group = network.groups.get(draft.chat);
  if (group === undefined) return outgoingToPerson(draft, client, author);
  const message = { ...draft.message, ...keyMessage(author.primary.senderKeys.own(group.jid), group) };
  return { message, attributes: outgoingAttributes(draft, author, group) };
}
