import { type Contact, contactOf, isSameContact } from '../../domain/contact.ts';
import { isGroup } from '../../domain/jid.ts';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Contacts } from '../../store/records/contacts.ts';

/** What is stored of the person at an address; undefined for nobody whom the session has met, and for a group. */
export async function contactAt(
  contacts: Pick<Contacts, 'find'>,
  address: SessionAddress,
  jid: string,
): Promise<Contact | undefined> {
  return isGroup(jid) ? undefined : ((await contacts.find(address, jid)) ?? undefined);
}

/** Whether a send went, or is to go, to the chat of an address: a person's number, LID or another spelling of it. */
export async function goesTo(contacts: Pick<Contacts, 'find'>, row: OutboxRow, jid: string): Promise<boolean> {
  if (row.to === jid) return true;
  if (isGroup(row.to) || isGroup(jid)) return false;
  const [recipient, contact] = await Promise.all([
    row.contact ?? contactAt(contacts, row, row.to),
    contactAt(contacts, row, jid),
  ]);
  return isSameContact(recipient ?? contactOf(row.to), contact ?? contactOf(jid));
}
