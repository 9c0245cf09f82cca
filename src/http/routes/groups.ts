import * as v from 'valibot';
import type { GroupService } from '../../actors/api/group-service.ts';
import { GatewayError, unwrap } from '../../domain/errors.ts';
import { type GroupRecord, inviteCode } from '../../domain/group.ts';
import { GroupJidSchema } from '../../domain/jid.ts';
import type { SessionAddress } from '../../domain/session.ts';
import { sessionAccess } from '../auth/route-access.ts';
import { nothing } from '../request/input.ts';
import { pageOf } from '../request/pagination.ts';
import { GroupMemberSchema, GroupSchema, presentGroup } from '../response/present-group.ts';
import { route } from '../routing/route.ts';
import { aGroup, aMember } from './examples.ts';

/** Parses to the code. Longer input than any link is refused before it is searched for a code. */
const InviteSchema = v.pipe(
  v.string(),
  v.maxLength(500, 'must be at most 500 characters'),
  v.transform(inviteCode),
  v.string('must be an invite code or an https://chat.whatsapp.com/… link'),
);

const oneGroup = { ...nothing, params: v.strictObject({ gid: v.string() }) };

export const joinGroup = route({
  id: 'joinGroup',
  method: 'POST',
  path: '/api/v1/sessions/{session}/groups:join',
  summary: 'Join a group by its invite; joining again succeeds, too',
  access: sessionAccess('send'),
  reads: { ...nothing, body: v.strictObject({ invite: InviteSchema }) },
  status: 200,
  returns: v.strictObject({ groupJid: v.string() }),
  refuses: ['conflict', 'queue_full', 'not_implemented', 'upstream_error', 'timeout'],
  examples: {
    body: { link: { invite: 'https://chat.whatsapp.com/ChoirInvite1234567890A' } },
    answer: { group: { groupJid: aGroup.groupJid } },
  },
  handler: async ({ address, body }, { groups }) => {
    const { groupJid } = unwrap(await groups.join(address, body.invite));
    return { groupJid };
  },
});

export const getGroup = route({
  id: 'getGroup',
  method: 'GET',
  path: '/api/v1/sessions/{session}/groups/{gid}',
  summary: 'Get a group',
  access: sessionAccess('read'),
  reads: oneGroup,
  status: 200,
  returns: GroupSchema,
  refuses: ['queue_full', 'upstream_error', 'timeout'],
  examples: { answer: { group: aGroup } },
  handler: async ({ address, params }, { groups }) => presentGroup(await found(groups, address, params.gid)),
});

export const listGroupMembers = route({
  id: 'listGroupMembers',
  method: 'GET',
  path: '/api/v1/sessions/{session}/groups/{gid}/members',
  summary: 'List the members of a group, on a single page',
  access: sessionAccess('read'),
  reads: oneGroup,
  status: 200,
  returns: pageOf(GroupMemberSchema),
  refuses: ['queue_full', 'upstream_error', 'timeout'],
  examples: { answer: { page: { data: [aMember], nextCursor: null } } },
  handler: async ({ address, params }, { groups }) => {
    const { group } = await found(groups, address, params.gid);
    return { data: group.members.map(({ jid, lid, role }) => ({ jid, lid, role })), nextCursor: null };
  },
});

/** An invalid group JID is answered like a group that does not exist. */
async function found(groups: GroupService, address: SessionAddress, groupJid: string): Promise<GroupRecord> {
  if (v.is(GroupJidSchema, groupJid)) return unwrap(await groups.find(address, groupJid));
  throw new GatewayError({ code: 'not_found', message: 'group not found' });
}
