import type { Account } from '../../accounts/account.ts';
import type { Companion } from '../../accounts/companion.ts';
import type { Connection } from '../../connection/connection.ts';
import type { MessageNetwork } from '../network.ts';

/** Who sent the stanza at hand, and where it came in. */
export interface Sender {
  readonly connection: Connection;
  readonly account: Account;
  readonly companion: Companion;
  readonly network: MessageNetwork;
}

/** The sender behind a connection; undefined before the login. */
export function senderOn(connection: Connection, network: MessageNetwork): Sender | undefined {
  const { phase } = connection;
  if (phase.name !== 'open') return undefined;
  return { connection, network, account: phase.account, companion: phase.companion };
}
