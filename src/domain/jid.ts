import * as v from 'valibot';

/**
 * JIDs that a message can be sent to: a user by phone number (`6281234567890@s.whatsapp.net`), a user by LID
 * (`123456789012345@lid`), or a group (`120363021234567890@g.us`, older ones `6281234567890-1400000000@g.us`).
 */
const recipientPattern = /^(?:\d{5,20}@(?:s\.whatsapp\.net|lid)|\d{5,25}(?:-\d{5,15})?@g\.us)$/;

export const RecipientJidSchema = v.pipe(
  v.string(),
  v.regex(
    recipientPattern,
    'must be a user JID (6281234567890@s.whatsapp.net), a LID (123456789012345@lid) or a group JID (120363021234567890@g.us)',
  ),
);

/** JIDs that can be mentioned: users by phone number or by LID. */
export const MentionJidSchema = v.pipe(
  v.string(),
  v.regex(/^\d{5,20}@(?:s\.whatsapp\.net|lid)$/, 'must be a user JID (6281234567890@s.whatsapp.net) or a LID'),
);

/** The JID of a group. */
export const GroupJidSchema = v.pipe(
  v.string(),
  v.regex(/^\d{5,25}(?:-\d{5,15})?@g\.us$/, 'must be a group JID (120363021234567890@g.us)'),
);

/** A phone number as people write it, with the country code (`+62 812-3456-7890`); parses to its digits. */
export const PhoneSchema = v.pipe(
  v.string(),
  v.regex(
    /^\+?[ ().-]*[1-9](?:[ ().-]*\d){6,14}[ ().-]*$/,
    'must be 7 to 15 digits with the country code; a +, blanks, dots, dashes and parentheses are ignored',
  ),
  v.transform((phone) => phone.replaceAll(/\D/g, '')),
  v.description('The country code and the digits; a leading +, blanks, dots, dashes and parentheses are ignored'),
);

/** Whether a JID is a person's LID, without a device. */
export function isLid(jid: string): boolean {
  return /^\d{5,20}@lid$/.test(jid);
}

/** Whether a JID is a person's phone number, without a device. */
export function isNumber(jid: string): boolean {
  return /^\d{5,20}@s\.whatsapp\.net$/.test(jid);
}

export function isGroup(jid: string): boolean {
  return jid.endsWith('@g.us');
}

/** Whether the JID is one of a chat: of a person or a group. Stories, channels and broadcast lists are none. */
export function isChat(jid: string | null | undefined): jid is string {
  return jid != null && jid !== '' && !jid.endsWith('@broadcast') && !jid.endsWith('@newsletter');
}

/** The user part of a JID without device: `6281234567890:12@s.whatsapp.net` gives `6281234567890`. */
export function userOf(jid: string): string {
  return jid.split('@', 1)[0]?.split(':', 1)[0] ?? '';
}

/** The JID without its device part: `6281234567890:12@s.whatsapp.net` gives `6281234567890@s.whatsapp.net`. */
export function withoutDevice(jid: string): string {
  return jid.replace(/:\d+(?=@)/, '');
}
