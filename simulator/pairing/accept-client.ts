import type { Account } from '../accounts/account.ts';
import { linkDevice } from './link-device.ts';
import type { PairingNetwork } from './network.ts';
import type { PairingClient } from './pairing-client.ts';
import { PasskeyCeremony } from './passkey/ceremony.ts';

/**
 * What follows once a phone has accepted a client: the link, or the request for a passkey if the account needs one.
 * @param advSecret the secret of the QR code or pairing code
 */
export async function acceptClient(
  account: Account,
  client: PairingClient,
  advSecret: Buffer,
  { pairing }: Pick<PairingNetwork, 'pairing'>,
): Promise<void> {
  const { passkey } = account;
  if (passkey === undefined) return linkDevice(account, client, advSecret);
  const ceremony = new PasskeyCeremony(account, passkey, client, advSecret);
  pairing.beginCeremony(client, ceremony);
  ceremony.begin();
}
