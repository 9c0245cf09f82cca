import { leave } from '../groups/change.ts';
import type { GroupRecord } from '../groups/group-record.ts';
import { metadata } from '../groups/metadata.ts';
import { attribute, child, type Stanza, stanza } from '../wire/stanza.ts';
import { acceptInvite, inviteCode, previewInvite, revokeInvite } from './invites.ts';
import { type Answer, forbidden, isQuery, itemsOf, notFound, notImplemented, type QueryClient } from './query.ts';

/** `w:g2`: groups. Queries about one group are sent to its address, the others to `@g.us`. */
export function answerGroups(iq: Stanza, client: QueryClient): Answer {
  if (isQuery(iq, 'get', 'participating')) return listGroups(client);
  if (isQuery(iq, 'set', 'leave')) return leaveGroups(iq, client);
  if (child(iq, 'invite') !== undefined) return answerInvite(iq, client);
  if (isQuery(iq, 'get', 'query')) return { content: [metadata(groupOf(attribute(iq, 'to'), client))] };
  throw notImplemented();
}

function listGroups({ account, network }: QueryClient): Answer {
  return { content: [stanza('groups', {}, network.groups.of(account).map(metadata))] };
}

function leaveGroups(iq: Stanza, client: QueryClient): Answer {
  const groups = itemsOf(iq, 'leave', 'group').map(({ attrs: { id } }) => groupOf(id, client));
  for (const group of groups) leave(group, client.account, client.account, client.network);
  return {
    content: [
      stanza(
        'leave',
        {},
        groups.map(({ jid }) => stanza('group', { id: jid })),
      ),
    ],
  };
}

/** With a code: joins or previews a group. Without: a member gets or replaces the code of the group. */
function answerInvite(iq: Stanza, client: QueryClient): Answer {
  const code = child(iq, 'invite')?.attrs['code'];
  const sets = attribute(iq, 'type') === 'set';
  if (code !== undefined) return sets ? acceptInvite(code, client) : previewInvite(code, client);
  const group = groupOf(attribute(iq, 'to'), client);
  return sets ? revokeInvite(group, client) : inviteCode(group, client);
}

/** The group with that address. Refuses with 404 when there is none, 403 when the client is not a member. */
function groupOf(jid: string | undefined, { account, network }: QueryClient): GroupRecord {
  const group = network.groups.get(jid ?? '');
  if (group === undefined) throw notFound();
  if (group.role(account) === undefined) throw forbidden();
  return group;
}
