import { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../accounts/account.ts';
import type { Companion } from '../../accounts/companion.ts';
import type { Draft } from '../../accounts/draft.ts';
import { deliverOrQueue } from '../../connection/offline-queue.ts';
import type { GroupRecord } from '../../groups/group-record.ts';
import { pad } from '../../signal/padding.ts';
import type { OwnSenderKey } from '../../signal/sender-key.ts';
import { type Stanza, stanza } from '../../wire/stanza.ts';
import { encNode } from '../enc-node.ts';
import type { MessageNetwork } from '../network.ts';
import { outgoingAttributes } from './outgoing-message.ts';
import { peerOf } from './send-to-companion.ts';

/** A simulated phone writes to a group: once for all, after its key for whoever has not got that yet. */
export function sendToGroup(draft: Draft, group: GroupRecord, from: Account, network: MessageNetwork): Promise<void> {
  return from.outgoing.run(async () => {
    const key = from.primary.senderKeys.own(group.jid);
    const companions = group.members.flatMap((member) => member.companions);
    const letters = new Map<Companion, Stanza[]>();
    for (const companion of companions) letters.set(companion, await introduction(key, companion, group, from));
    const ciphertext = key.seal(pad(proto.Message.encode(draft.message).finish()));
    const attributes = outgoingAttributes(draft, from, group);
    for (const [companion, content] of letters) {
      content.push(encNode({ type: 'skmsg', ciphertext }));
      deliverOrQueue(stanza('message', attributes, content), companion, network);
    }
  });
}

/** The message by which a phone hands its key for the group to a device. */
export function keyMessage(key: OwnSenderKey, group: GroupRecord): proto.IMessage {
  return {
    senderKeyDistributionMessage: {
      groupId: group.jid,
      axolotlSenderKeyDistributionMessage: key.distribution(),
    },
  };
}

/** The key, encrypted for a device that has not got it yet; nothing for one that has. */
async function introduction(
  key: OwnSenderKey,
  companion: Companion,
  group: GroupRecord,
  from: Account,
): Promise<Stanza[]> {
  const holder = `${companion.phone}:${companion.id}`;
  if (key.holders.has(holder)) return [];
  key.holders.add(holder);
  return [encNode(await from.primary.encrypt(peerOf(companion), keyMessage(key, group), () => companion.takeBundle()))];
}
