import type { Account } from '../accounts/account.ts';
import { lidJid, phoneJid } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import { bytes, child, SERVER, type Stanza, stanza, timestamp } from '../wire/stanza.ts';
import { type DeviceIdentity, isCountersigned, signDeviceIdentity } from './device-identity.ts';
import type { PairingClient } from './pairing-client.ts';

/** After linking the client must log in as the new device on a new connection. */
const RESTART_REQUIRED = '515';

/**
 * Links a client to `account`: pair-success, countersignature, restart.
 * Rejects with `conflict` when the client's countersignature is wrong, `unavailable` or `timeout` when it goes away.
 */
export async function linkDevice(account: Account, client: PairingClient, advSecret: Buffer): Promise<void> {
  const { connection, keys, noiseKey } = client;
  const deviceId = account.takeDeviceId();
  const identity = signDeviceIdentity(account.primary.identity, keys.identity, advSecret, deviceId);
  const answer = await connection.queries.request((id) =>
    connection.send(pairSuccess(id, account, deviceId, identity)),
  );
  const signature = child(child(answer, 'pair-device-sign'), 'device-identity');
  const signed = bytes(signature, 'countersigned device identity');
  if (!isCountersigned(signed, account.primary.identity, keys.identity, identity.details)) {
    throw new SimulatorError('conflict', 'the client did not sign the device identity with the key it registered');
  }
  account.linkCompanion(deviceId, noiseKey, keys);
  connection.record('linked');
  connection.endWith(stanza('stream:error', { code: RESTART_REQUIRED }));
}

function pairSuccess(id: string, account: Account, deviceId: number, identity: DeviceIdentity): Stanza {
  const jids = { jid: phoneJid(account.phone, deviceId), lid: lidJid(account.lid, deviceId) };
  const content = stanza('pair-success', {}, [
    stanza('device-identity', {}, identity.encoded),
    stanza('device', jids),
    stanza('platform', { name: 'android' }),
  ]);
  return stanza('iq', { from: SERVER, type: 'set', id, t: timestamp() }, [content]);
}
