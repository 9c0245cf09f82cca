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
import { takeBundle } from '../take-bundle.ts';
import { outgoingAttributes } from './outgoing-message.ts';
import { peerOf } from './send-to-companion.ts';

/** Sends a message to a group: one ciphertext for all, preceded by the sender key for devices that do not have it. */
export function sendToGroup(draft: Draft, group: GroupRecord, from: Account, network: MessageNetwork): Promise<void> {
  return from.outgoing.run(async () => {
    const key = from.primary.senderKeys.own(group.jid);
    const companions = group.members.flatMap((member) => member.companions);
    const contents = new Map<Companion, Stanza[]>();
    for (const companion of companions)
      contents.set(companion, await distribution(key, companion, group, from, network));
    const ciphertext = key.encrypt(pad(proto.Message.encode(draft.message).finish()));
    const attributes = outgoingAttributes(draft, from, group);
    from.held.pass(() => {
      for (const [companion, content] of contents) {
        const stanzas = [...content, encNode({ type: 'skmsg', ciphertext })];
        deliverOrQueue(stanza('message', attributes, stanzas), companion, network);
      }
    });
  });
}

/** The message that gives a device the phone's sender key for the group. */
export function distributionMessage(key: OwnSenderKey, group: GroupRecord): proto.IMessage {
  return {
    senderKeyDistributionMessage: {
      groupId: group.jid,
      axolotlSenderKeyDistributionMessage: key.distribution(),
    },
  };
}

/** The sender key, encrypted for a device that does not have it; empty for one that does. */
async function distribution(
  key: OwnSenderKey,
  companion: Companion,
  group: GroupRecord,
  from: Account,
  network: MessageNetwork,
): Promise<Stanza[]> {
  const holder = `${companion.phone}:${companion.id}`;
  if (key.holders.has(holder)) return [];
  key.holders.add(holder);
  return [
    encNode(
      await from.primary.encrypt(peerOf(companion), distributionMessage(key, group), () =>
        takeBundle(companion, network),
      ),
    ),
  ];
}
