import type { Companion } from '../accounts/companion.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import type { Connection } from './connection.ts';
import type { ConnectionNetwork } from './network.ts';

/**
 * Gives a stanza to a linked device: now if it is listening, else when it next says that it is. What it does not confirm
 * before its connection ends it gets again.
 */
export function deliverOrQueue(node: Stanza, companion: Companion, network: ConnectionNetwork): void {
  const connection = network.connections.ofDevice(companion);
  if (connection?.listening === true) give(node, connection, companion);
  else companion.missed.push(node);
}

/**
 * The device listens from now on: it gets what it missed, marked as such, and then always `<offline>`, without which
 * Baileys holds back events for 30 s.
 */
export function deliverMissed(connection: Connection, companion: Companion): void {
  const missed = [...companion.unconfirmed.takeAll(), ...companion.missed.takeAll()];
  for (const [index, { tag, attrs, content }] of missed.entries()) {
    const late = { tag, attrs: { ...attrs, offline: String(index) } };
    give(content === undefined ? late : { ...late, content }, connection, companion);
  }
  connection.listen();
  connection.send(stanza('ib', {}, [stanza('offline', { count: String(missed.length) })]));
}

function give(node: Stanza, connection: Connection, companion: Companion): void {
  companion.unconfirmed.give(node);
  connection.send(node);
}
