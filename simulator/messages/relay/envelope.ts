import { parseAddress } from '../../accounts/address.ts';
import type { GroupRecord } from '../../groups/group-record.ts';
import { attribute, requiredAttribute, type Stanza } from '../../wire/stanza.ts';
import type { Sender } from './sender.ts';

/** A message from a client with what is the same for all its recipients. */
export interface Envelope {
  readonly message: Stanza;
  readonly sender: Sender;
  readonly id: string;
  /** Address of the group or of the other person. */
  readonly chat: string;
  readonly group: GroupRecord | undefined;
}

/** Throws when the message names no recipient or has no id. */
export function envelopeOf(message: Stanza, sender: Sender): Envelope {
  const to = requiredAttribute(message, 'to');
  // A resend is addressed to a single device; for the sender's own devices `recipient` names the chat.
  const chat = withoutDevice(attribute(message, 'recipient') ?? to);
  return { message, sender, id: requiredAttribute(message, 'id'), chat, group: sender.network.groups.get(to) };
}

/** Identifies the message for its recipients: ids are unique only within one account. */
export function messageKey({ sender, id }: Envelope): string {
  return `${sender.account.phone} ${id}`;
}

function withoutDevice(jid: string): string {
  const address = parseAddress(jid);
  return address === undefined ? jid : `${address.user}@${address.server}`;
}
