import type { Account } from '../accounts/account.ts';
import { lidJid, phoneJid } from '../accounts/address.ts';
import type { GroupRecord } from '../groups/group-record.ts';

/** The attributes that name the sender of a message, in a group in the group's name space. */
export function authorAttributes(
  author: Account,
  device: number,
  group: GroupRecord | undefined,
): Record<string, string> {
  if (group === undefined) return { from: phoneJid(author.phone, device), sender_lid: lidJid(author.lid, device) };
  const { addressing } = group.settings;
  return {
    from: group.jid,
    participant: group.addressOf(author, device),
    [addressing === 'lid' ? 'participant_pn' : 'participant_lid']: group.aliasOf(author),
    addressing_mode: addressing,
  };
}
