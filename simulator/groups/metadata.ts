import type { Account } from '../accounts/account.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import type { GroupRecord } from './group-record.ts';

/** The whole group, as its members see it. */
export function metadata(group: GroupRecord): Stanza {
  const members = group.members.map((account) => participant(group, account));
  return stanza('group', head(group), [...facts(group), ...members]);
}

/** What somebody sees who has a link to the group and is not in it: how many members there are, but not who. */
export function preview(group: GroupRecord): Stanza {
  return stanza('group', head(group), facts(group));
}

/** A member by the name that the group uses, with the other name beside it. */
export function participant(group: GroupRecord, account: Account): Stanza {
  const role = group.role(account);
  return stanza('participant', {
    jid: group.addressOf(account),
    [group.settings.addressing === 'lid' ? 'phone_number' : 'lid']: group.aliasOf(account),
    type: role === 'member' ? undefined : role,
  });
}

function head(group: GroupRecord): Record<string, string> {
  return {
    id: group.jid.replace('@g.us', ''),
    subject: group.subject,
    s_t: String(group.subjectAt),
    s_o: group.addressOf(group.owner),
    creation: String(group.createdAt),
    creator: group.addressOf(group.owner),
    addressing_mode: group.settings.addressing,
    size: String(group.members.length),
  };
}

/** Baileys takes the presence of a child as the setting. */
function facts({ settings, createdAt }: GroupRecord): Stanza[] {
  const { description, announce, locked, approval } = settings;
  const result: Stanza[] = [];
  if (description !== undefined) {
    const body = stanza('body', {}, Buffer.from(description));
    result.push(stanza('description', { id: '1', t: String(createdAt) }, [body]));
  }
  if (announce) result.push(stanza('announcement'));
  if (locked) result.push(stanza('locked'));
  if (approval) result.push(stanza('membership_approval_mode', {}, [stanza('group_join', { state: 'on' })]));
  return result;
}
