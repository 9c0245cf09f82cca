import type { Connection } from '../connection/connection.ts';
import { reasonOf } from '../errors.ts';
import { receiveConfirmation } from '../messages/relay/receive-confirmation.ts';
import { receiveMessage } from '../messages/relay/receive-message.ts';
import { receiveReceipt } from '../messages/relay/receive-receipt.ts';
import type { Network } from '../network.ts';
import { receiveQuery } from '../queries/receive-query.ts';
import type { Stanza } from '../wire/stanza.ts';

type Handler = (node: Stanza, connection: Connection, network: Network) => void;

/**
 * What a client's stanzas do, by tag. Others need no reaction: `presence` and `chatstate` interest nobody here, `ib` is
 * telemetry.
 */
const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ['ack', receiveConfirmation],
  ['iq', receiveQuery],
  ['message', receiveMessage],
  ['receipt', receiveReceipt],
]);

/** Reacts to a stanza. One that cannot be understood is a problem for the ledger, not the end of the connection. */
export function receive(node: Stanza, connection: Connection, network: Network): void {
  try {
    HANDLERS.get(node.tag)?.(node, connection, network);
  } catch (error) {
    network.ledger.append({ kind: 'problem', connection: connection.id, reason: `<${node.tag}>: ${reasonOf(error)}` });
  }
}
