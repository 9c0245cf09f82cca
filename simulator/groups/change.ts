import type { Account } from '../accounts/account.ts';
import type { Addressing } from '../accounts/address.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
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

/** Removes a member, by their own or another member's doing, and notifies all, the removed one too, unless told otherwise. */
export function leave(
  group: GroupRecord,
  account: Account,
  author: Account,
  network: GroupNetwork,
  { notify: isTold = true }: { readonly notify?: boolean | undefined } = {},
): void {
  const members = group.members;
  const removed = participant(group, account);
  group.remove(account);
  if (author !== account) group.expelled.add(account);
  if (isTold) notify(group, author, stanza('remove', {}, [removed]), members, network);
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

/** A change of settings; what is undefined stays as it is. */
export interface SettingsChange {
  readonly subject?: string | undefined;
  /** Members are never told of this one: their clients learn it from the next answer of the server. */
  readonly addressing?: Addressing | undefined;
  /** After how many seconds messages disappear; 0: they do not. */
  readonly ephemeral?: number | undefined;
  /** Whether the members are notified; true unless given. */
  readonly notify?: boolean | undefined;
}

export function changeSettings(group: GroupRecord, change: SettingsChange, network: GroupNetwork): void {
  const { subject, addressing = group.settings.addressing, ephemeral, notify: isTold = true } = change;
  group.settings = { ...group.settings, addressing };
  const tell = (news: Stanza) => {
    if (isTold) notify(group, group.owner, news, group.members, network);
  };
  if (subject !== undefined) tell(renamed(group, subject));
  if (ephemeral !== undefined) tell(timed(group, ephemeral));
}

function renamed(group: GroupRecord, subject: string): Stanza {
  group.subject = subject;
  group.subjectAt = Math.floor(Date.now() / 1000);
  return stanza('subject', { subject, s_t: String(group.subjectAt), s_o: group.addressOf(group.owner) });
}

function timed(group: GroupRecord, seconds: number): Stanza {
  group.settings = { ...group.settings, ephemeral: seconds === 0 ? undefined : seconds };
  return seconds === 0 ? stanza('not_ephemeral') : stanza('ephemeral', { expiration: String(seconds) });
}

/** A member has another number from now on; the notification is from the new one, and names the old one. */
export function changeNumber(group: GroupRecord, before: Account, after: Account, network: GroupNetwork): void {
  const modified = stanza('modify', {}, [participant(group, before)]);
  group.replace(before, after);
  notify(group, after, modified, group.members, network);
}

/** Replaces the invite link and notifies the members. Returns the new code. */
export function resetInvite(group: GroupRecord, author: Account, network: GroupNetwork): string {
  network.groups.resetInvite(group);
  notify(group, author, stanza('invite', { code: group.invite }), group.members, network);
  return group.invite;
}
