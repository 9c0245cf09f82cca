import { type Contact, getContentType } from '@whiskeysockets/baileys';
import type { SessionAddress } from '../../../domain/session.ts';
import type { JournaledMessage } from '../../../store/records/messages/inbound-journal.ts';
import type { ConnectionContext } from '../connection-context.ts';
import type { StoredAuth } from '../signal/auth-state.ts';
import { DecryptionJournal } from '../signal/decryption-journal.ts';
import { replayed } from '../signal/replay-journal.ts';
import type { SocketDeps } from '../socket-deps.ts';
import { type MessageMappingDeps, mapMessage } from './map-message.ts';
import { messageMapping } from './message-mapping.ts';

/** The journal of a connection. Emits first what an earlier connection has decrypted and nobody has recorded. */
export async function openJournal(
  deps: Pick<SocketDeps, 'journaled' | 'findMessage' | 'forgetJournaled' | 'metrics' | 'now'>,
  address: SessionAddress,
  auth: StoredAuth,
  context: Pick<ConnectionContext, 'emit' | 'logger'>,
): Promise<DecryptionJournal> {
  const { journaled, metrics, now } = deps;
  const onFailure = () => metrics.decryptFailure();
  const mapping = messageMapping(deps, address, context);
  const me = () => auth.state.creds.me;
  const account = me();
  const unrecorded = account === undefined ? [] : await journaled(address);
  for (const message of unrecorded) if (account !== undefined) replay(message, account, mapping);
  return new DecryptionJournal({ address, keys: auth.signal, me, unrecorded, onFailure, now });
}

function replay(message: JournaledMessage, account: Contact, mapping: MessageMappingDeps): void {
  try {
    const whole = replayed(message, account);
    // Its content was not decrypted yet, so it is delivered again, and its part cannot be decrypted again then.
    if (whole.message?.senderKeyDistributionMessage != null && getContentType(whole.message) === undefined) return;
    mapMessage(account, whole, message.name, mapping);
  } catch (error) {
    mapping.onMappingError(error);
    mapping.forgetJournaled(message.name).catch(mapping.onMappingError);
  }
}
