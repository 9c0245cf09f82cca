import type { Account } from '../../accounts/account.ts';
import { addressingOf } from '../../accounts/address.ts';
import { deliverOrQueue } from '../../connection/offline-queue.ts';
import { keysForRetry } from '../../signal/key-bundle.ts';
import { stanza, timestamp } from '../../wire/stanza.ts';
import type { MessageNetwork } from '../network.ts';

/**
 * The phone requests a message from the clients of its author, whether it was for this phone or not, in the name space that
 * the author wrote in. In a group, whether the phone is a member or not, the request comes from there.
 */
export function requestRetry(
  asking: Account,
  id: string,
  author: Account,
  chat: string,
  network: MessageNetwork,
): void {
  const group = network.groups.get(chat);
  const from =
    group === undefined
      ? { from: asking.address(addressingOf(author.sentTo(id) ?? asking.address())) }
      : { from: group.jid, participant: group.addressOf(asking) };
  for (const companion of author.companions) {
    const content = [
      stanza('retry', { count: '1', id, t: timestamp(), v: '1' }),
      ...keysForRetry(asking.primary.takeBundle()),
    ];
    deliverOrQueue(stanza('receipt', { ...from, id, type: 'retry', t: timestamp() }, content), companion, network);
  }
}
