import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../accounts/account.ts';
import { lidJid } from '../accounts/address.ts';
import type { Companion } from '../accounts/companion.ts';
import { stanza, timestamp } from '../wire/stanza.ts';
import { applyFault } from './apply-fault.ts';
import type { Connection } from './connection.ts';
import type { ConnectionNetwork } from './network.ts';
import { streamError } from './stream-error.ts';

/** The failure for a device that is not linked; Baileys calls it "logged out". */
const NOT_LINKED = 401;

/** Logs a linked device in. Refuses with 401 when it is unknown or its Noise key is not the linked one. */
export function logIn(
  connection: Connection,
  noiseKey: Buffer,
  payload: proto.ClientPayload,
  network: ConnectionNetwork,
): void {
  const phone = String(payload.username ?? '');
  const rule = network.faults.forLogin({ connection: connection.id, account: phone });
  const account = network.directory.byPhone(phone);
  const companion = account?.companion(payload.device ?? 0);
  if (rule?.kind === 'login-failure') refuse(connection, rule.code, rule.expire);
  else if (rule !== undefined) applyFault(rule, connection);
  else if (account === undefined || companion?.noiseKey.equals(noiseKey) !== true) refuse(connection, NOT_LINKED);
  else accept(connection, account, companion, network);
}

/** A device has one connection at a time: a second login ends the first. */
function accept(connection: Connection, account: Account, companion: Companion, network: ConnectionNetwork): void {
  const earlier = network.connections.logIn(connection, account, companion);
  earlier?.endWith(streamError(440));
  connection.send(stanza('success', { t: timestamp(), lid: lidJid(account.lid, companion.id), creation: timestamp() }));
}

/** @param expire of a ban, in seconds from now */
function refuse(connection: Connection, reason: number, expire?: number): void {
  connection.record('refused');
  connection.endWith(
    stanza('failure', { reason: String(reason), ...(expire !== undefined && { expire: String(expire) }) }),
  );
}
