import type { Companion } from '../accounts/companion.ts';
import type { Network } from '../network.ts';
import { type Stanza, stanza } from '../wire/stanza.ts';
import type { Connection } from './connection.ts';

/** Gives a stanza to a linked device: now if it is listening, else when it next says that it is. */
export function post(node: Stanza, companion: Companion, network: Network): void {
  const connection = network.connections.ofDevice(companion);
  if (connection?.listening === true) connection.send(node);
  else companion.missed.push(node);
}

/**
 * The device listens from now on: it gets what it missed, marked as such, and then always `<offline>`, without which
 * Baileys holds back events for 30 s.
 */
export function deliverMissed(connection: Connection, companion: Companion): void {
  const missed = companion.missed.takeAll();
  for (const [index, { tag, attrs, content }] of missed.entries()) {
    const late = { tag, attrs: { ...attrs, offline: String(index) } };
    connection.send(content === undefined ? late : { ...late, content });
  }
  connection.listen();
  connection.send(stanza('ib', {}, [stanza('offline', { count: String(missed.length) })]));
}
