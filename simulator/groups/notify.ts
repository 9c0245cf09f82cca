import { randomBytes } from 'node:crypto';
import type { Account } from '../accounts/account.ts';
import { deliverOrQueue } from '../connection/offline-queue.ts';
import { type Stanza, stanza, timestamp } from '../wire/stanza.ts';
import type { GroupRecord } from './group-record.ts';
import type { GroupNetwork } from './network.ts';

const ID_BYTES = 8;

/** Notifies every linked device of the recipients of a change that `author` made. */
export function notify(
  group: GroupRecord,
  author: Account,
  change: Stanza,
  recipients: Iterable<Account>,
  network: GroupNetwork,
): void {
  const attributes = {
    from: group.jid,
    type: 'w:gp2',
    id: randomBytes(ID_BYTES).toString('hex'),
    participant: group.addressOf(author),
    [group.settings.addressing === 'lid' ? 'participant_pn' : 'participant_lid']: group.aliasOf(author),
    addressing_mode: group.settings.addressing,
    notify: author.name,
    t: timestamp(),
  };
  for (const { companions } of recipients) {
    for (const companion of companions)
      deliverOrQueue(stanza('notification', attributes, [change]), companion, network);
  }
}
