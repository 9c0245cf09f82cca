import { phoneDigits } from '../accounts/address.ts';
import { SimulatorError } from '../errors.ts';
import type { Network } from '../network.ts';
import { SERVER, stanza, timestamp } from '../wire/stanza.ts';

/** See `Commands.tellDirty`. */
export function tellDirty({ connections }: Network, account: string, type: string): void {
  const open = connections.ofAccount(phoneDigits(account, 'account'));
  if (open.length === 0) throw new SimulatorError('not_found', `${account} has no open connection`);
  const dirty = stanza('ib', { from: SERVER }, [stanza('dirty', { type, timestamp: timestamp() })]);
  for (const connection of open) connection.send(dirty);
}
