import type { Account } from '../accounts/account.ts';
import { join, requestToJoin, resetInvite } from '../groups/change.ts';
import type { GroupRecord } from '../groups/group-record.ts';
import type { Groups } from '../groups/groups.ts';
import { preview } from '../groups/metadata.ts';
import { stanza } from '../wire/stanza.ts';
import { type Answer, type QueryClient, QueryRefusal } from './query.ts';

/** Previews the group of an invite link. Refuses with 406 and 410 like `acceptInvite`. */
export function previewInvite(code: string, { network }: QueryClient): Answer {
  return { content: [preview(groupByInvite(code, network.groups))] };
}

/**
 * Joins a group by its link. Refuses with 406 (unknown link), 410 (no longer valid), 409 (already a member, or waiting),
 * 401 (was removed) and 419 (full). When an admin must approve, the account only requests to join.
 */
export function acceptInvite(code: string, { account, network }: QueryClient): Answer {
  const group = groupByInvite(code, network.groups);
  assertMayJoin(group, account);
  if (group.settings.approval) {
    const afterwards = () => requestToJoin(group, account, network);
    return { content: [stanza('membership_approval_request', { jid: group.jid })], afterwards };
  }
  const afterwards = () => join(group, account, account, network, 'invite');
  return { content: [stanza('group', { jid: group.jid })], afterwards };
}

/** Only admins may read the link. */
export function inviteCode(group: GroupRecord, { account }: QueryClient): Answer {
  if (!group.isAdmin(account)) throw notAuthorised();
  return { content: [stanza('invite', { code: group.invite })] };
}

export function revokeInvite(group: GroupRecord, { account, network }: QueryClient): Answer {
  if (!group.isAdmin(account)) throw notAuthorised();
  resetInvite(group, account, network);
  return { content: [stanza('invite', { code: group.invite })] };
}

function groupByInvite(code: string, groups: Groups): GroupRecord {
  const group = groups.byInvite(code);
  if (group === undefined) throw new QueryRefusal(406, 'not-acceptable');
  if (group.invite !== code || group.inviteExpired) throw new QueryRefusal(410, 'gone');
  return group;
}

function assertMayJoin(group: GroupRecord, account: Account): void {
  if (group.role(account) !== undefined || group.applicants.has(account)) throw new QueryRefusal(409, 'conflict');
  if (group.expelled.has(account)) throw notAuthorised();
  if (group.full) throw new QueryRefusal(419, 'resource-limit');
}

function notAuthorised(): QueryRefusal {
  return new QueryRefusal(401, 'not-authorized');
}
