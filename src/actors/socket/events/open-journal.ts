import type { SessionAddress } from '../../../domain/session.ts';
import type { StoredAuth } from '../signal/auth-state.ts';
import { DecryptionJournal } from '../signal/decryption-journal.ts';
import { replayed } from '../signal/replay-journal.ts';
import type { SocketDeps } from '../socket-deps.ts';
import { type MessageMappingDeps, mapMessage } from './map-message.ts';

/** The journal of a connection. Emits first what an earlier connection has decrypted and nobody has recorded. */
export async function openJournal(
  { journaled, now }: Pick<SocketDeps, 'journaled' | 'now'>,
  address: SessionAddress,
  auth: StoredAuth,
  mapping: MessageMappingDeps,
): Promise<DecryptionJournal> {
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
