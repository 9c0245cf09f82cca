import type { SendBody } from './message.ts';
import { parameterOf, propertiesOf, type VcardProperty } from './vcard-properties.ts';

type ContactBody = Extract<SendBody, { type: 'contact' }>['contact'];

/** A contact card and the name that WhatsApp shows for it. */
export interface ContactCard {
  name: string;
  vcard: string;
}

/** The card of a contact: the caller's own, or one of name and phone in the form that WhatsApp links. */
export function contactCard(contact: ContactBody): ContactCard {
  if ('vcard' in contact) return { name: nameIn(contact.vcard), vcard: contact.vcard };
  const { name, phone } = contact;
  const escaped = name.replaceAll(/[\\,;]/g, (character) => `\\${character}`);
  const lines = ['BEGIN:VCARD', 'VERSION:3.0', `FN:${escaped}`, `TEL;type=CELL;waid=${phone}:+${phone}`, 'END:VCARD'];
  return { name, vcard: lines.join('\n') };
}

/** The name that a card is shown under: its formatted name, else one made of its parts, else the organization. */
function nameIn(vcard: string): string {
  const properties = propertiesOf(vcard);
  const candidates = [
    ...preferred(properties, 'FN').map(({ value }) => unescaped(value)),
    ...preferred(properties, 'N').map(({ value }) => fullName(value)),
    ...preferred(properties, 'ORG').map(({ value }) => componentsOf(value).join(', ')),
  ];
  return candidates.find((name) => name !== '') ?? '';
}

/** Those of a name, the most preferred first (RFC 6350, 5.3). */
function preferred(properties: readonly VcardProperty[], name: string): VcardProperty[] {
  const rank = ({ parameters }: VcardProperty): number => Number(parameterOf(parameters, 'PREF') ?? 100);
  return properties.filter((property) => property.name === name).toSorted((one, other) => rank(one) - rank(other));
}

/** `Hopper;Grace;Brewster;Dr.;USN` gives `Dr. Grace Brewster Hopper USN`. */
function fullName(value: string): string {
  const [family = '', given = '', additional = '', prefixes = '', suffixes = ''] = partsOf(value, ';').map((part) =>
    partsOf(part, ',').map(unescaped).join(' '),
  );
  return [prefixes, given, additional, family, suffixes].filter((part) => part !== '').join(' ');
}

function componentsOf(value: string): string[] {
  return partsOf(value, ';')
    .map(unescaped)
    .filter((part) => part !== '');
}

/** Splits at a separator that is not escaped. */
function partsOf(value: string, separator: ',' | ';'): string[] {
  const parts = [''];
  for (const piece of value.match(/\\.|[^\\]|\\$/g) ?? []) {
    if (piece === separator) parts.push('');
    else parts.push((parts.pop() ?? '') + piece);
  }
  return parts;
}

/** On one line. */
function unescaped(value: string): string {
  return value.replaceAll(/\\n/gi, ' ').replaceAll(/\\(.)/g, '$1').trim();
}
