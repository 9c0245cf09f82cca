import { type Contact, contactOf, isPerson, presentContact, publicJid } from '../../../domain/contact.ts';
import type { GatewayEvent } from '../../../domain/event.ts';
import type { Vote } from '../../../domain/message.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Store } from '../../contract.ts';
import { contactRecords } from '../contacts.ts';
import { publishOnce } from './inbound-journal.ts';
import { peopleOf } from './people.ts';

/** Publishes a vote with all that is known of the voter and the chat. Nothing of it is stored. */
export async function publishVote(
  store: Store,
  address: SessionAddress,
  vote: Vote,
  { journal, now }: { journal: string | null; now: () => number },
): Promise<void> {
  const contacts = contactRecords(store, now);
  const complete = async (contact: Contact) =>
    isPerson(contact) ? await contacts.complete(address, contact) : contact;
  const { chat, sender } = peopleOf({ ...vote, sender: vote.voter });
  const whose = { chat: await complete(chat), voter: await complete(sender ?? contactOf(vote.voter)) };
  await publishOnce(store, address, voteEvent(address, vote, whose, now()), journal);
}

function voteEvent(
  { session }: SessionAddress,
  { poll, options, timestamp }: Vote,
  { chat, voter }: { chat: Contact; voter: Contact },
  now: number,
): GatewayEvent {
  const payload = {
    waMessageId: poll,
    chatJid: publicJid(chat),
    chat: presentContact(chat),
    voterJid: publicJid(voter),
    voter: presentContact(voter),
    options,
    timestamp,
  };
  return { event: 'poll.vote', session, timestamp: now, payload };
}
