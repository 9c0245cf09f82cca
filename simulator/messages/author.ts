import type { Account } from '../accounts/account.ts';
import { addressingOf } from '../accounts/address.ts';
import type { GroupRecord } from '../groups/group-record.ts';

type Attributes = Record<string, string | undefined>;

/**
 * The attributes that name the sender of a message to its recipients, in a group in the group's name space, elsewhere as
 * the sender is addressed. Each name space has an attribute for the address in the other one.
 */
export function authorAttributes(author: Account, device: number, group: GroupRecord | undefined): Attributes {
  const { addressing, username } = author;
  if (group === undefined) {
    const alias = addressing === 'lid' ? 'sender_pn' : 'sender_lid';
    return { from: author.address(addressing, device), [alias]: author.alias(), username };
  }
  const { addressing: mode } = group.settings;
  return {
    from: group.jid,
    participant: group.addressOf(author, device),
    [mode === 'lid' ? 'participant_pn' : 'participant_lid']: group.aliasOf(author),
    participant_username: username,
    addressing_mode: mode,
  };
}

/** The attributes of the copy of a direct message for the sender's own other clients, which name the recipient. */
export function copyAttributes(author: Account, device: number, chat: string, recipient?: Account): Attributes {
  const addressing = addressingOf(chat);
  return {
    from: author.address(addressing, device),
    recipient: chat,
    [addressing === 'lid' ? 'peer_recipient_pn' : 'peer_recipient_lid']: recipient?.alias(addressing),
    peer_recipient_username: recipient?.username,
  };
}
