import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import type { Companion } from '../../accounts/companion.ts';
import type { Draft } from '../../accounts/draft.ts';
import type { GroupRecord } from '../../groups/group-record.ts';
import { timestamp } from '../../wire/stanza.ts';
import { authorAttributes } from '../author.ts';
import { editAttributeOf, stanzaTypeOf } from '../content.ts';

/** A message that a simulated phone writes to one real client. */
export interface OutgoingMessage {
  readonly message: proto.IMessage;
  /** The attributes of the stanza. */
  readonly attributes: Readonly<Record<string, string | undefined>>;
  /** 0, or which request of the client for the message this answers. */
  readonly resend?: number;
}

/** The attributes of the stanza with which a client gets the message. */
export function outgoingAttributes(
  { id, message }: Draft,
  from: Account,
  group: GroupRecord | undefined,
): Record<string, string | undefined> {
  const kind = { type: stanzaTypeOf(message), edit: editAttributeOf(message) };
  return { ...authorAttributes(from, 0, group), id, ...kind, notify: from.name, t: timestamp() };
}

/** A message to a person, made out to one client. The author's own clients are told which chat it belongs to. */
export function outgoingToPerson(draft: Draft, companion: Companion, from: Account): OutgoingMessage {
  const { chat, message } = draft;
  const attributes = outgoingAttributes(draft, from, undefined);
  if (companion.phone !== from.phone) return { message, attributes };
  const copy = { deviceSentMessage: { destinationJid: chat, message } };
  return { message: copy, attributes: { ...attributes, recipient: chat } };
}
