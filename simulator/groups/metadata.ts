import type { Account } from '../accounts/account.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import type { GroupRecord } from './group-record.ts';

/** The metadata of a group, as members see it. */
export function metadata(group: GroupRecord): Stanza {
  const members = group.members.map((account) => participant(group, account));
  return stanza('group', attributes(group), [...settingStanzas(group), ...members]);
}

/** The metadata as seen with an invite link: the number of members, but not the members. */
export function preview(group: GroupRecord): Stanza {
  return stanza('group', attributes(group), settingStanzas(group));
}

/** A member by its address in the group's name space, with the other address as an attribute. */
export function participant(group: GroupRecord, account: Account): Stanza {
  const role = group.role(account);
  return stanza('participant', {
    jid: group.addressOf(account),
    [group.settings.addressing === 'lid' ? 'phone_number' : 'lid']: group.aliasOf(account),
    username: account.username,
    type: role === 'member' ? undefined : role,
  });
}

function attributes(group: GroupRecord): Record<string, string | undefined> {
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

/** For Baileys the presence of a child is the setting. */
function settingStanzas({ settings, createdAt }: GroupRecord): Stanza[] {
  const { description, announce, locked, approval, ephemeral } = settings;
  const result: Stanza[] = [];
  if (description !== undefined) {
    const body = stanza('body', {}, Buffer.from(description));
    result.push(stanza('description', { id: '1', t: String(createdAt) }, [body]));
  }
  if (ephemeral !== undefined) result.push(stanza('ephemeral', { expiration: String(ephemeral) }));
  if (announce) result.push(stanza('announcement'));
  if (locked) result.push(stanza('locked'));
  if (approval) result.push(stanza('membership_approval_mode', {}, [stanza('group_join', { state: 'on' })]));
  return result;
}
