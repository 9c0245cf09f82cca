import type { Connection } from '../connection/connection.ts';
import { reasonOf } from '../errors.ts';
import { receiveConfirmation } from '../messages/relay/receive-confirmation.ts';
import { receiveMessage } from '../messages/relay/receive-message.ts';
import { receiveChatstate, receivePresence } from '../messages/relay/receive-presence.ts';
import { receiveReceipt } from '../messages/relay/receive-receipt.ts';
import type { Network } from '../network.ts';
import { receiveQuery } from '../queries/receive-query.ts';
import type { Stanza } from '../wire/stanza.ts';

type Handler = (node: Stanza, connection: Connection, network: Network) => void;

/**
 * The handlers of stanzas from clients by tag. Others are ignored: `ib` is telemetry.
 */
const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ['ack', receiveConfirmation],
  ['chatstate', receiveChatstate],
  ['iq', receiveQuery],
  ['message', receiveMessage],
  ['presence', receivePresence],
  ['receipt', receiveReceipt],
]);

/** Handles a stanza. A malformed one is recorded as a problem and does not end the connection. */
export function receiveStanza(node: Stanza, connection: Connection, network: Network): void {
  try {
    HANDLERS.get(node.tag)?.(node, connection, network);
  } catch (error) {
    network.ledger.append({ kind: 'problem', connection: connection.id, reason: `<${node.tag}>: ${reasonOf(error)}` });
  }
}
