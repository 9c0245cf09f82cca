import type { Account } from '../accounts/account.ts';
import { deliverOrQueue } from '../connection/offline-queue.ts';
import { SimulatorError } from '../errors.ts';
import type { Network } from '../network.ts';
import type { Stanza } from '../wire/stanza.ts';

/**
 * Sends a stanza as it is to every client linked to the account, now or at its next login, in order with what else is
 * kept for it. Throws `not_found` when no client is linked.
 */
export function inject(account: Account, node: Stanza, network: Network): void {
  const { companions } = account;
  if (companions.length === 0) throw new SimulatorError('not_found', `no client is linked to ${account.phone}`);
  for (const companion of companions) deliverOrQueue(node, companion, network);
}

/** Sends a stanza to every client that waits to be linked. */
export function injectUnlinked(node: Stanza, { pairing }: Network): void {
  for (const { connection } of pairing.clients) connection.send(node);
}
