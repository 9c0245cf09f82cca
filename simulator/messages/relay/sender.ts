import type { Account } from '../../accounts/account.ts';
import type { Companion } from '../../accounts/companion.ts';
import type { Connection } from '../../connection/connection.ts';
import type { MessageNetwork } from '../network.ts';

/** The sender of a stanza and the connection that it arrived on. */
export interface Sender {
  readonly connection: Connection;
  readonly account: Account;
  readonly companion: Companion;
  readonly network: MessageNetwork;
}

/** The sender on a connection; undefined before the login. */
export function senderOn(connection: Connection, network: MessageNetwork): Sender | undefined {
  const { phase } = connection;
  if (phase.name !== 'open') return undefined;
  return { connection, network, account: phase.account, companion: phase.companion };
}
