import type { LRUCache } from 'lru-cache';
import { publicJid } from '../../../domain/contact.ts';
import { isGroup } from '../../../domain/jid.ts';
import { type OutboxRow, recipientOf } from '../../../domain/outbox.ts';
import { restrictionAt } from '../../../domain/restriction.ts';
import type { SessionAddress, SessionRecord } from '../../../domain/session.ts';
import type { Contacts } from '../../../store/records/contacts.ts';
import type { Limit } from '../context.ts';
import { newChatHold, newChatRefused, type Refusals, refusedAgain } from '../policy/new-chats.ts';
import type { Settlement } from '../policy/settled-row.ts';
import { restricted } from '../refusals.ts';

export interface NewChatDeps {
  contacts: Pick<Contacts, 'withChat'>;
  /** Those of some people who let a session write to them. */
  tokenHolders: (address: SessionAddress, jids: readonly string[]) => Promise<ReadonlySet<string>>;
  /** New chats of a session that WhatsApp refused in a row. Losing them is harmless: one more is tried. */
  refusedChats: LRUCache<string, Refusals>;
  /** Epoch milliseconds. */
  now: () => number;
}

type Restricted = Pick<SessionRecord, 'restrictions' | 'account'>;

/** Why a session may begin no new chats now; null when it may. */
export function limitOfNewChats({ refusedChats, now }: NewChatDeps, session: string, record: Restricted): Limit | null {
  const hold = newChatHold(restrictionAt(record.restrictions, now()), refusedChats.get(session), now());
  return hold === null ? null : { until: hold.until, forMs: hold.forMs, refusal: restricted(hold.kind) };
}

/**
 * Those of some chats that are not new: groups, the number itself, people whose chat is known, and those whose privacy
 * token is there, as it is for many chats that are older than the linking.
 */
export async function knownChats(
  { contacts, tokenHolders }: NewChatDeps,
  address: SessionAddress,
  account: SessionRecord['account'],
  chats: readonly string[],
): Promise<ReadonlySet<string>> {
  const isGiven = (chat: string) => isGroup(chat) || chat === account?.jid || chat === account?.lid;
  const people = chats.filter((chat) => chat !== '' && !isGiven(chat));
  const met = await contacts.withChat(address, people);
  const others = people.filter((chat) => !met.has(chat));
  return new Set([...chats.filter(isGiven), ...met, ...(await tokenHolders(address, others))]);
}

/** Why a send may not begin; null when it may. An edit changes a message that is there already. */
export async function limitOfSend(deps: NewChatDeps, row: OutboxRow, record: Restricted): Promise<Limit | null> {
  const limit = row.content.type === 'edit' ? null : limitOfNewChats(deps, row.session, record);
  if (limit === null) return null;
  return (await isKnown(deps, row, record.account)) ? null : limit;
}

/** What follows for new chats from how a send ended. To be asked before that is stored, and run after it. */
export async function followUp(deps: NewChatDeps, row: OutboxRow, settlement: Settlement): Promise<() => void> {
  const { refusedChats, now } = deps;
  const refusals = refusedChats.get(row.session);
  const isRefused = !settlement.ok && settlement.code === newChatRefused;
  const matters = isRefused || (settlement.ok && refusals !== undefined);
  if (!matters || (await isKnown(deps, row, null))) return () => undefined;
  if (!isRefused) return () => void refusedChats.delete(row.session);
  return () => void refusedChats.set(row.session, refusedAgain(refusals, now()));
}

async function isKnown(deps: NewChatDeps, row: OutboxRow, account: SessionRecord['account']): Promise<boolean> {
  const chat = publicJid(recipientOf(row));
  return (await knownChats(deps, row, account, [chat])).has(chat);
}
