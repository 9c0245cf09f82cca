import type { Account } from '../accounts/account.ts';
import { stanza } from '../wire/stanza.ts';
import type { GroupRecord, Role } from './group-record.ts';
import { metadata, participant } from './metadata.ts';
import type { GroupNetwork } from './network.ts';
import { notify } from './notify.ts';

/** How an account joined a group: `invite` by a link, otherwise added by a member. */
type Reason = 'invite' | undefined;

/** Notifies the members of a new group. */
export function announceGroup(group: GroupRecord, network: GroupNetwork): void {
  const created = stanza('create', { type: 'new' }, [metadata(group)]);
  notify(group, group.owner, created, group.members, network);
}

/**
 * Adds a member: it gets the whole metadata, the others only the addition. Throws `conflict` when the group is full.
 */
export function join(
  group: GroupRecord,
  account: Account,
  author: Account,
  network: GroupNetwork,
  reason?: Reason,
): void {
  group.admit(account, 'member');
  const others = group.members.filter((member) => member !== account);
  notify(group, author, stanza('add', { reason }, [participant(group, account)]), others, network);
  notify(group, author, stanza('create', { reason }, [metadata(group)]), [account], network);
}

/** Records a request to join and notifies the admins. */
export function requestToJoin(group: GroupRecord, account: Account, network: GroupNetwork): void {
  group.applicants.add(account);
  const request = stanza('created_membership_requests', { request_method: 'invite_link' });
  const admins = group.members.filter((member) => group.isAdmin(member));
  notify(group, account, request, admins, network);
}

/** Removes a member, by their own or another member's doing, and notifies all, the removed one too. */
export function leave(group: GroupRecord, account: Account, author: Account, network: GroupNetwork): void {
  const members = group.members;
  const removed = participant(group, account);
  group.remove(account);
  if (author !== account) group.expelled.add(account);
  notify(group, author, stanza('remove', {}, [removed]), members, network);
}

export function setRole(
  group: GroupRecord,
  account: Account,
  role: Exclude<Role, 'superadmin'>,
  network: GroupNetwork,
): void {
  group.admit(account, role);
  const change = stanza(role === 'admin' ? 'promote' : 'demote', {}, [participant(group, account)]);
  notify(group, group.owner, change, group.members, network);
}

export function setSubject(group: GroupRecord, subject: string, network: GroupNetwork): void {
  group.subject = subject;
  group.subjectAt = Math.floor(Date.now() / 1000);
  const attributes = { subject, s_t: String(group.subjectAt), s_o: group.addressOf(group.owner) };
  notify(group, group.owner, stanza('subject', attributes), group.members, network);
}

/** Replaces the invite link and notifies the members. Returns the new code. */
export function resetInvite(group: GroupRecord, author: Account, network: GroupNetwork): string {
  network.groups.resetInvite(group);
  notify(group, author, stanza('invite', { code: group.invite }), group.members, network);
  return group.invite;
}
