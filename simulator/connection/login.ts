import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../accounts/account.ts';
import { lidJid } from '../accounts/address.ts';
import type { Companion } from '../accounts/companion.ts';
import { stanza, timestamp } from '../wire/stanza.ts';
import { applyFault } from './apply-fault.ts';
import type { Connection } from './connection.ts';
import type { ConnectionNetwork } from './network.ts';
import { streamError } from './stream-error.ts';

/** What the server says to a device that is not, or no longer, linked: Baileys calls it "logged out". */
const NOT_LINKED = 401;

/** Lets a linked device in, or refuses it: 401 when it is unknown or shows another noise key than when it was linked. */
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
  else admit(connection, account, companion, network);
}

/** A device has one connection at a time: a second login ends the first. */
function admit(connection: Connection, account: Account, companion: Companion, network: ConnectionNetwork): void {
  const earlier = network.connections.logIn(connection, account, companion);
  earlier?.endWith(streamError(440));
  connection.send(stanza('success', { t: timestamp(), lid: lidJid(account.lid, companion.id), creation: timestamp() }));
}

/** @param expire of a ban, in seconds from now */
function refuse(connection: Connection, reason: number, expire?: number): void {
  connection.note('refused');
  connection.endWith(
    stanza('failure', { reason: String(reason), ...(expire !== undefined && { expire: String(expire) }) }),
  );
}
