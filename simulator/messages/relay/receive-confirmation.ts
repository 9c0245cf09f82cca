import type { Connection } from '../../connection/connection.ts';
import type { Stanza } from '../../wire/stanza.ts';
import type { MessageNetwork } from '../network.ts';
import { senderOn } from './sender.ts';

/** Handles an `<ack>`: the confirmed stanza is not sent again. */
export function receiveConfirmation(ack: Stanza, connection: Connection, network: MessageNetwork): void {
  senderOn(connection, network)?.companion.unconfirmed.confirm(ack);
}
