import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import type { Companion } from '../../accounts/companion.ts';
import type { ClaimedSender, Draft } from '../../accounts/draft.ts';
import type { GroupRecord } from '../../groups/group-record.ts';
import { timestamp } from '../../wire/stanza.ts';
import { authorAttributes, copyAttributes } from '../author.ts';
import { editAttributeOf, stanzaTypeOf } from '../content.ts';

/** A message from a simulated phone to one real client. */
export interface OutgoingMessage {
  readonly message: proto.IMessage;
  /** The attributes of the stanza. */
  readonly attributes: Readonly<Record<string, string | undefined>>;
  /** 0, or the number of the retry request that this answers. */
  readonly resend?: number;
}

/** The attributes of the stanza that carries the message to a client. */
export function outgoingAttributes(
  { id, message, sender }: Draft,
  from: Account,
  group: GroupRecord | undefined,
): Record<string, string | undefined> {
  const author = overridden(authorAttributes(from, 0, group), sender);
  return { ...author, ...contentAttributes({ id, message }, from) };
}

function overridden(
  author: Record<string, string | undefined>,
  { from, participant }: ClaimedSender = {},
): Record<string, string | undefined> {
  return { ...author, ...(from !== undefined && { from }), ...(participant !== undefined && { participant }) };
}

function contentAttributes({ id, message }: Pick<Draft, 'id' | 'message'>, from: Account) {
  return { id, type: stanzaTypeOf(message), edit: editAttributeOf(message), notify: from.name, t: timestamp() };
}

/** A message to a person, for one client. The copy for the author's own clients names the chat. */
export function outgoingToPerson(
  draft: Draft,
  companion: Companion,
  from: Account,
  recipient: Account | undefined,
): OutgoingMessage {
  const { chat, message, sender } = draft;
  if (companion.phone !== from.phone) return { message, attributes: outgoingAttributes(draft, from, undefined) };
  const author = overridden(copyAttributes(from, 0, chat, recipient), sender);
  const attributes = { ...author, ...contentAttributes(draft, from) };
  return { message: { deviceSentMessage: { destinationJid: chat, message } }, attributes };
}
