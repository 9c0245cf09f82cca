import * as v from 'valibot';
import { isLid, isNumber, userOf, withoutDevice } from './jid.ts';
import type { Known } from './known.ts';

/**
 * The addresses of one person: the JID of the phone number, the LID, and the username. WhatsApp writes to the same person
 * by either JID, and may withhold the number. JIDs are without device. A group is a contact whose `jid` is its own.
 */
export const ContactSchema = v.looseObject({
  jid: v.nullable(v.string()),
  lid: v.nullable(v.string()),
  username: v.nullable(v.string()),
});

export type Contact = Known<v.InferOutput<typeof ContactSchema>>;

/** A contact as callers see it. */
export const PublicContactSchema = v.strictObject({
  jid: v.pipe(v.nullable(v.string()), v.description('The JID of the phone number, or of the group; null when unknown')),
  lid: v.pipe(v.nullable(v.string()), v.description('The LID; null when unknown')),
  phone: v.pipe(v.nullable(v.string()), v.description('The phone number; null when unknown')),
  username: v.nullable(v.string()),
});

export type PublicContact = v.InferOutput<typeof PublicContactSchema>;

/** Whether it is a person, not a group or another kind of chat. */
export function isPerson({ jid, lid }: Contact): boolean {
  return lid !== null || (jid !== null && isNumber(jid));
}

/** What a single JID says of whom it addresses. */
export function contactOf(jid: string): Contact {
  const address = withoutDevice(jid);
  return isLid(address) ? { jid: null, lid: address, username: null } : { jid: address, lid: null, username: null };
}

/**
 * The JID under which callers know a contact: that of the number when it is known, otherwise the LID. Empty for a contact
 * that has neither, which no WhatsApp message has.
 */
export function publicJid({ jid, lid }: Contact): string {
  return jid ?? lid ?? '';
}

export function presentContact({ jid, lid, username }: Contact): PublicContact {
  const phone = jid !== null && isNumber(jid) ? userOf(jid) : null;
  return { jid, lid, phone, username };
}

/** What is known of a contact once more is: newer addresses replace older ones, and none is forgotten. */
export function mergeContacts(known: Contact | null, seen: Contact): Contact {
  return {
    ...known,
    jid: seen.jid ?? known?.jid ?? null,
    lid: seen.lid ?? known?.lid ?? null,
    username: seen.username ?? known?.username ?? null,
  };
}

/** Whether two contacts have an address in common. */
export function isSameContact(one: Contact, other: Contact): boolean {
  const isShared = (field: 'jid' | 'lid') => one[field] !== null && one[field] === other[field];
  return isShared('jid') || isShared('lid');
}
