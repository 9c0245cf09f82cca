import type { Companion } from '../accounts/companion.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import type { Connection } from './connection.ts';
import type { ConnectionNetwork } from './network.ts';

/**
 * Sends a stanza to a linked device if it is listening, else queues it for its next login. A stanza that the device has
 * not confirmed when its connection ends is sent again.
 */
export function deliverOrQueue(node: Stanza, companion: Companion, network: ConnectionNetwork): void {
  const connection = network.connections.ofDevice(companion);
  if (connection?.listening === true) sendUnconfirmed(node, connection, companion, network);
  else companion.missed.push(node);
}

/**
 * Starts pushing to the device: first the missed stanzas, marked as such, then always `<offline>`, without which Baileys
 * holds back events for 30 s.
 */
export function deliverMissed(connection: Connection, companion: Companion, network: ConnectionNetwork): void {
  const missed = [...companion.unconfirmed.takeAll(), ...companion.missed.takeAll()];
  for (const [index, { tag, attrs, content }] of missed.entries()) {
    const marked = { tag, attrs: { ...attrs, offline: String(index) } };
    sendUnconfirmed(content === undefined ? marked : { ...marked, content }, connection, companion, network);
  }
  connection.listen();
  connection.send(stanza('ib', {}, [stanza('offline', { count: String(missed.length) })]));
}

function sendUnconfirmed(
  node: Stanza,
  connection: Connection,
  companion: Companion,
  { settings }: ConnectionNetwork,
): void {
  companion.unconfirmed.add(node);
  connection.send(node);
  connection.confirmations.watch(companion.unconfirmed, settings.confirmWithinMs);
}
