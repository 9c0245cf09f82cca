import Router from '@koa/router';
import * as v from 'valibot';
import { LARGEST_MEMBER_COUNT } from '../api/add-group.ts';
import type { Commands } from '../api/commands.ts';
import type { Group } from '../api/group-api.ts';
import { SimulatorError } from '../errors.ts';
import { readBody } from './read.ts';

const anySubject = v.pipe(v.string(), v.nonEmpty(), v.maxLength(100));
const numbers = v.pipe(v.array(v.string()), v.maxLength(LARGEST_MEMBER_COUNT));

const newGroup = v.strictObject({
  subject: anySubject,
  participants: numbers,
  admins: v.optional(numbers),
  addressing: v.optional(v.picklist(['lid', 'pn'])),
  invite: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, 'must be letters, digits, _ and -'))),
  description: v.optional(v.pipe(v.string(), v.maxLength(2048))),
  announce: v.optional(v.boolean()),
  locked: v.optional(v.boolean()),
  approval: v.optional(v.boolean()),
  capacity: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_MEMBER_COUNT))),
});
const LONGEST_TIMER_S = 90 * 24 * 60 * 60;
const change = v.strictObject({
  subject: v.optional(anySubject),
  addressing: v.optional(v.picklist(['lid', 'pn'])),
  ephemeral: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LONGEST_TIMER_S))),
  notify: v.optional(v.boolean()),
});
const membership = v.variant('action', [
  v.strictObject({ phone: v.string(), action: v.picklist(['add', 'promote', 'demote', 'approve']) }),
  v.strictObject({ phone: v.string(), action: v.literal('remove'), notify: v.optional(v.boolean()) }),
  v.strictObject({ phone: v.string(), action: v.literal('changeNumber'), to: v.string() }),
]);
const inviteChange = v.strictObject({ action: v.picklist(['expire', 'reset']) });

/** Changes answer with the changed group. */
export function groupRoutes(commands: Commands): Router {
  const router = new Router({ prefix: '/control/groups' });
  const groupOf = (jid = '') => find(commands, jid);
  router.get('/', (context) => {
    context.body = { data: commands.groups().map(view) };
  });
  router.post('/', (context) => {
    context.body = view(commands.addGroup(readBody(context, newGroup)));
    context.status = 201;
  });
  router.get('/:jid', (context) => {
    context.body = view(groupOf(context.params['jid']));
  });
  router.patch('/:jid', (context) => {
    const group = groupOf(context.params['jid']);
    group.change(readBody(context, change));
    context.body = view(group);
  });
  router.post('/:jid/members', (context) => {
    const group = groupOf(context.params['jid']);
    const { phone, ...what } = readBody(context, membership);
    if (what.action === 'changeNumber') group.changeNumber(phone, what.to);
    else if (what.action === 'remove') group.remove(phone, { notify: what.notify });
    else group[what.action](phone);
    context.body = view(group);
  });
  router.post('/:jid/invite', (context) => {
    const group = groupOf(context.params['jid']);
    if (readBody(context, inviteChange).action === 'reset') group.resetInvite();
    else group.expireInvite();
    context.body = view(group);
  });
  return router;
}

function find(commands: Commands, jid: string): Group {
  const group = commands.groups().find((candidate) => candidate.jid === jid);
  if (group === undefined) throw new SimulatorError('not_found', `there is no group ${jid}`);
  return group;
}

function view(group: Group): object {
  const { jid, subject, addressing, ephemeral, invite, inviteExpired, participants, applicants } = group;
  const people = { participants: participants(), applicants: applicants() };
  return { jid, subject, addressing, ephemeral, invite, inviteExpired, ...people };
}
