import type { SendBody } from './message.ts';

type ContactBody = Extract<SendBody, { type: 'contact' }>['contact'];

/** A contact card and the name that WhatsApp shows for it. */
export interface ContactCard {
  name: string;
  vcard: string;
}

/** The card of a contact: the caller's own, or one of name and phone in the form that WhatsApp links. */
export function contactCard(contact: ContactBody): ContactCard {
  if ('vcard' in contact) return { name: formattedName(contact.vcard), vcard: contact.vcard };
  const { name, phone } = contact;
  const escaped = name.replaceAll(/[\\,;]/g, (character) => `\\${character}`);
  const lines = ['BEGIN:VCARD', 'VERSION:3.0', `FN:${escaped}`, `TEL;type=CELL;waid=${phone}:+${phone}`, 'END:VCARD'];
  return { name, vcard: lines.join('\n') };
}

/** The `FN` field of a card (RFC 6350, 6.2.1), without its escapes. */
function formattedName(vcard: string): string {
  const value = /^FN(?:;[^:\r\n]*)?:(.*)$/im.exec(vcard)?.[1] ?? '';
  return value.trim().replaceAll(/\\(.)/g, '$1');
}
