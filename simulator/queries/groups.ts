import { leave } from '../groups/change.ts';
import type { GroupRecord } from '../groups/group-record.ts';
import { metadata } from '../groups/metadata.ts';
import { attribute, child, type Stanza, stanza } from '../wire/stanza.ts';
import { acceptInvite, inviteCode, previewInvite, revokeInvite } from './invites.ts';
import { type Answer, asks, forbidden, itemsOf, notFound, notImplemented, type QueryClient } from './query.ts';

/** `w:g2`: groups. What concerns one group is sent to its address, the rest to `@g.us`. */
export function answerGroups(iq: Stanza, asker: QueryClient): Answer {
  if (asks(iq, 'get', 'participating')) return listGroups(asker);
  if (asks(iq, 'set', 'leave')) return leaveGroups(iq, asker);
  if (child(iq, 'invite') !== undefined) return answerInvite(iq, asker);
  if (asks(iq, 'get', 'query')) return { content: [metadata(ownGroup(attribute(iq, 'to'), asker))] };
  throw notImplemented();
}

function listGroups({ account, network }: QueryClient): Answer {
  return { content: [stanza('groups', {}, network.groups.of(account).map(metadata))] };
}

function leaveGroups(iq: Stanza, asker: QueryClient): Answer {
  const groups = itemsOf(iq, 'leave', 'group').map(({ attrs: { id } }) => ownGroup(id, asker));
  for (const group of groups) leave(group, asker.account, asker.account, asker.network);
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

/** A code is somebody's way in; without one a member asks for the group's own code, or for another. */
function answerInvite(iq: Stanza, asker: QueryClient): Answer {
  const code = child(iq, 'invite')?.attrs['code'];
  const sets = attribute(iq, 'type') === 'set';
  if (code !== undefined) return sets ? acceptInvite(code, asker) : previewInvite(code, asker);
  const group = ownGroup(attribute(iq, 'to'), asker);
  return sets ? revokeInvite(group, asker) : inviteCode(group, asker);
}

/** The group that is meant. Refuses 404 when there is none, 403 when the client is not in it. */
function ownGroup(jid: string | undefined, { account, network }: QueryClient): GroupRecord {
  const group = network.groups.get(jid ?? '');
  if (group === undefined) throw notFound();
  if (group.role(account) === undefined) throw forbidden();
  return group;
}
