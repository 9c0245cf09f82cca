import type { SessionAddress } from '../../../domain/session.ts';
import type { ConnectionContext } from '../connection-context.ts';
import type { StoredAuth } from '../signal/auth-state.ts';
import { DecryptionJournal } from '../signal/decryption-journal.ts';
import { replayed } from '../signal/replay-journal.ts';
import type { SocketDeps } from '../socket-deps.ts';
import { mapMessage } from './map-message.ts';
import { messageMapping } from './message-mapping.ts';

/** The journal of a connection. Emits first what an earlier connection has decrypted and nobody has recorded. */
export async function openJournal(
  deps: Pick<SocketDeps, 'journaled' | 'findMessage' | 'forgetJournaled' | 'now'>,
  address: SessionAddress,
  auth: StoredAuth,
  context: Pick<ConnectionContext, 'emit' | 'logger'>,
): Promise<DecryptionJournal> {
  const { journaled, now } = deps;
  const mapping = messageMapping(deps, address, context);
  const me = () => auth.state.creds.me;
  const account = me();
  const unrecorded = account === undefined ? [] : await journaled(address);
  for (const message of unrecorded) {
    try {
      if (account !== undefined) mapMessage(account, replayed(message, account), message.name, mapping);
    } catch (error) {
      mapping.onMappingError(error);
    }
  }
  return new DecryptionJournal({ address, keys: auth.signal, me, unrecorded, now });
}
