import type { Account } from '../accounts/account.ts';
import { stanza } from '../wire/stanza.ts';
import type { GroupRecord, Role } from './group-record.ts';
import { metadata, participant } from './metadata.ts';
import type { GroupNetwork } from './network.ts';
import { notify } from './notify.ts';

/** How somebody came into a group that exists: `invite` by a link, otherwise a member let them in. */
type Reason = 'invite' | undefined;

/** Tells everybody in a new group that there is one. */
export function announceGroup(group: GroupRecord, network: GroupNetwork): void {
  const created = stanza('create', { type: 'new' }, [metadata(group)]);
  notify(group, group.owner, created, group.members, network);
}

/** The newcomer gets the whole group, the others only hear of the newcomer. Throws `conflict` when it is full. */
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

/** Asks the admins whether the account may join. */
export function apply(group: GroupRecord, account: Account, network: GroupNetwork): void {
  group.applicants.add(account);
  const request = stanza('created_membership_requests', { request_method: 'invite_link' });
  const admins = group.members.filter((member) => group.isAdmin(member));
  notify(group, account, request, admins, network);
}

/** Somebody leaves, or is thrown out; they are told, too. */
export function leave(group: GroupRecord, account: Account, author: Account, network: GroupNetwork): void {
  const audience = group.members;
  const gone = participant(group, account);
  group.dismiss(account);
  if (author !== account) group.expelled.add(account);
  notify(group, author, stanza('remove', {}, [gone]), audience, network);
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

/** The old link is dead, and members learn the new one, which is returned. */
export function resetInvite(group: GroupRecord, author: Account, network: GroupNetwork): string {
  network.groups.resetInvite(group);
  notify(group, author, stanza('invite', { code: group.invite }), group.members, network);
  return group.invite;
}
