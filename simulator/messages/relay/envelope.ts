import { parseAddress } from '../../accounts/address.ts';
import type { GroupRecord } from '../../groups/group-record.ts';
import { attribute, requiredAttribute, type Stanza } from '../../wire/stanza.ts';
import type { Sender } from './sender.ts';

/** A message that a client sends, and what all its recipients have in common. */
export interface Envelope {
  readonly message: Stanza;
  readonly sender: Sender;
  readonly id: string;
  /** Address of the group, or of the person at the other side. */
  readonly chat: string;
  readonly group: GroupRecord | undefined;
}

/** Throws when the message names no recipient or has no id. */
export function envelopeOf(message: Stanza, sender: Sender): Envelope {
  const to = requiredAttribute(message, 'to');
  // One for a single device (a resend) is sent to that device; to the sender's own, it names the chat besides.
  const chat = withoutDevice(attribute(message, 'recipient') ?? to);
  return { message, sender, id: requiredAttribute(message, 'id'), chat, group: sender.network.groups.get(to) };
}

/** What recipients know the message by: ids are only unique among those of one account. */
export function nameOf({ sender, id }: Envelope): string {
  return `${sender.account.phone} ${id}`;
}

function withoutDevice(jid: string): string {
  const address = parseAddress(jid);
  return address === undefined ? jid : `${address.user}@${address.server}`;
}
