import { jidDecode, jidEncode } from '@whiskeysockets/baileys';
import { SimulatorError } from '../errors.ts';
import { SERVER } from '../wire/stanza.ts';

/** One device of one user, in either of WhatsApp's two name spaces: phone numbers and LIDs. */
export interface Address {
  readonly user: string;
  readonly server: string;
  /** 0 is the phone. */
  readonly device: number;
}

/** One of WhatsApp's two name spaces: phone numbers (`pn`) or LIDs. */
export type Addressing = 'lid' | 'pn';

/** Phone numbers have at most 15 digits (ITU-T E.164); the shortest in use have about 5. */
const PHONE_DIGITS = /^[1-9]\d{4,14}$/;
/** A business on Meta's Cloud API has a device there, always with this id. */
export const HOSTED_DEVICE_ID = 99;
const PHONE_PUNCTUATION = /[\s()+-]/g;
/** Longer than any phone number, so that a LID never equals a number. */
const LID_DIGITS = 17;

/** Parses an address; undefined when the text is not one. */
export function parseAddress(jid: string): Address | undefined {
  const decoded = jidDecode(jid);
  if (decoded === undefined) return undefined;
  return { user: decoded.user, server: decoded.server, device: decoded.device ?? 0 };
}

/** A hosted device has a server part of its own. */
export function phoneJid(phone: string, device = 0): string {
  return jidEncode(phone, device === HOSTED_DEVICE_ID ? 'hosted' : SERVER, device);
}

export function lidJid(lid: string, device = 0): string {
  return jidEncode(lid, device === HOSTED_DEVICE_ID ? 'hosted.lid' : 'lid', device);
}

/** Whether it is an address in the name space of LIDs. */
export function isLid({ server }: Pick<Address, 'server'>): boolean {
  return server === 'lid' || server === 'hosted.lid';
}

export function addressingOf(jid: string): Addressing {
  return parseAddress(jid)?.server === 'lid' ? 'lid' : 'pn';
}

/** The digits of a phone number in any notation (`+1 (555) 000-1111`). Throws a `validation_error` on `field`. */
export function phoneDigits(text: string, field = 'phone'): string {
  const digits = text.replace(PHONE_PUNCTUATION, '');
  if (PHONE_DIGITS.test(digits)) return digits;
  throw new SimulatorError('validation_error', `"${text}" is not a phone number in international form`, {
    details: { field },
  });
}

/** On the real network a LID hides the number; here it contains it, so that logs are readable. */
export function lidOf(phone: string): string {
  return `1${phone.padStart(LID_DIGITS, '0')}`;
}

/** The digits of the phone number of an address of either kind, or of a number in any notation. */
export function phoneOf(text: string, field?: string): string {
  const address = parseAddress(text);
  if (address === undefined) return phoneDigits(text, field);
  return isLid(address) ? address.user.slice(1).replace(/^0+/, '') : address.user;
}
