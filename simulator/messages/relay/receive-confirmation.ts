import type { Connection } from '../../connection/connection.ts';
import type { Stanza } from '../../wire/stanza.ts';
import type { MessageNetwork } from '../network.ts';
import { senderOn } from './sender.ts';

/** A client confirms what it was given, and is not given that again. */
export function receiveConfirmation(ack: Stanza, connection: Connection, network: MessageNetwork): void {
  senderOn(connection, network)?.companion.unconfirmed.confirm(ack);
}
