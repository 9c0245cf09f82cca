import type { WASocket } from '@whiskeysockets/baileys';
import { isGroup, userOf } from '../../../domain/jid.ts';
import { accountWith } from './identity-changes.ts';

/**
 * Whether a device that requests a message again is one that it was for: of the recipient, of a member of the group, or of
 * the own account. Whoever knows the id of a message can request it.
 */
export async function mayRequest(
  device: string,
  chat: string,
  socket: WASocket,
  membersOf: (group: string) => Promise<readonly string[]>,
): Promise<boolean> {
  const asking = await usersOf(device, socket);
  if (isGroup(chat)) {
    const members = await membersOf(chat);
    return members.some((member) => asking.has(userOf(member)));
  }
  const recipient = await usersOf(chat, socket);
  const { user } = socket;
  const own = [user?.id, user?.lid].flatMap((jid) => (jid === undefined ? [] : userOf(jid)));
  return [...recipient, ...own].some((allowed) => asking.has(allowed));
}

/** The user parts of both addresses of an account. */
async function usersOf(jid: string, { signalRepository }: WASocket): Promise<Set<string>> {
  const { number, lid } = await accountWith(jid, signalRepository);
  return new Set([number, lid].filter((user) => user !== null));
}
