import { contactOf, isPerson } from '../../../domain/contact.ts';
import type { People, ReceivedMessage } from '../../../domain/message.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Store } from '../../contract.ts';
import { type ContactUpdate, contactUpdate } from '../contacts.ts';

/** Who is behind the addresses of a message, as far as it says. */
export function peopleOf({ chat, sender, people }: Pick<ReceivedMessage, 'chat' | 'sender' | 'people'>): People {
  return people ?? { chat: contactOf(chat), sender: sender === null ? null : contactOf(sender) };
}

interface Identified extends Pick<ContactUpdate, 'checks' | 'sets'> {
  people: People;
}

/** The same people with all that is known of them, and what a commit needs to store what is new. */
export async function identify(
  store: Store,
  address: SessionAddress,
  people: People,
  now: number,
): Promise<Identified> {
  const isDirect = isPerson(people.chat);
  const person = isDirect ? people.chat : people.sender;
  if (person === null || !isPerson(person)) return { people, checks: [], sets: [] };
  const { contact, checks, sets } = await contactUpdate(store, address, person, { now, isChat: isDirect });
  const sender = people.sender === null ? null : contact;
  return { people: { chat: isDirect ? contact : people.chat, sender }, checks, sets };
}
