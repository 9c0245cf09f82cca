import type { Account } from '../accounts/account.ts';
import { lidJid, phoneJid } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import { bytes, child, SERVER, type Stanza, stanza, timestamp } from '../wire/stanza.ts';
import { type DeviceIdentity, isCountersigned, signDeviceIdentity } from './device-identity.ts';
import type { PairingClient } from './pairing-client.ts';

/** After a link the client must come back on a new connection, as the device it has become. */
const RESTART_REQUIRED = '515';

/**
 * The phone of `account` accepts the applicant: pair-success, countersignature, restart.
 * Rejects with `conflict` when the client's countersignature is wrong, `unavailable` or `timeout` when it goes away.
 */
export async function linkDevice(account: Account, applicant: PairingClient, advSecret: Buffer): Promise<void> {
  const { connection, keys, noiseKey } = applicant;
  const deviceId = account.takeDeviceId();
  const identity = signDeviceIdentity(account.primary.identity, keys.identity, advSecret, deviceId);
  const answer = await connection.queries.ask((id) => connection.send(pairSuccess(id, account, deviceId, identity)));
  const signature = child(child(answer, 'pair-device-sign'), 'device-identity');
  const signed = bytes(signature, 'countersigned device identity');
  if (!isCountersigned(signed, account.primary.identity, keys.identity, identity.details)) {
    throw new SimulatorError('conflict', 'the client did not sign the device identity with the key it registered');
  }
  account.linkCompanion(deviceId, noiseKey, keys);
  connection.note('linked');
  connection.endWith(stanza('stream:error', { code: RESTART_REQUIRED }));
}

function pairSuccess(id: string, account: Account, deviceId: number, identity: DeviceIdentity): Stanza {
  const jids = { jid: phoneJid(account.phone, deviceId), lid: lidJid(account.lid, deviceId) };
  const content = stanza('pair-success', {}, [
    stanza('device-identity', {}, identity.sealed),
    stanza('device', jids),
    stanza('platform', { name: 'android' }),
  ]);
  return stanza('iq', { from: SERVER, type: 'set', id, t: timestamp() }, [content]);
}
