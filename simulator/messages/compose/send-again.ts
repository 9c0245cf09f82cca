import type { Account } from '../../accounts/account.ts';
import type { Companion } from '../../accounts/companion.ts';
import type { Draft } from '../../accounts/draft.ts';
import { readKeysForRetry } from '../../signal/key-bundle.ts';
import { child, requiredAttribute, type Stanza } from '../../wire/stanza.ts';
import type { MessageNetwork } from '../network.ts';
import { takeBundle } from '../take-bundle.ts';
import { type OutgoingMessage, outgoingAttributes, outgoingToPerson } from './outgoing-message.ts';
import { peerOf, sendToCompanion } from './send-to-companion.ts';
import { distributionMessage } from './send-to-group.ts';

/**
 * Answers a retry receipt of a client for a message of a simulated phone: sends it again to that client only, in a new
 * session, for a group with the sender key. Does nothing when the draft is no longer kept.
 */
export async function sendAgain(
  request: Stanza,
  author: Account,
  client: Companion,
  network: MessageNetwork,
): Promise<void> {
  const draft = author.drafts.get(requiredAttribute(request, 'id'));
  if (draft === undefined) return;
  const keys = readKeysForRetry(request) ?? takeBundle(client, network);
  await author.outgoing.run(() => author.primary.renewSession(peerOf(client), keys));
  const resend = Number(child(request, 'retry')?.attrs['count'] ?? 1);
  await sendToCompanion({ ...outgoingMessageFor(draft, author, client, network), resend }, author, client, network);
}

function outgoingMessageFor(
  draft: Draft,
  author: Account,
  client: Companion,
  network: MessageNetwork,
): OutgoingMessage {
  const group = network.groups.get(draft.chat);
  if (group === undefined) return outgoingToPerson(draft, client, author, network.directory.find(draft.chat));
  const message = { ...draft.message, ...distributionMessage(author.primary.senderKeys.own(group.jid), group) };
  return { message, attributes: outgoingAttributes(draft, author, group) };
}
