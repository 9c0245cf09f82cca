import { streamError } from '../connection/stream-error.ts';
import type { Stanza } from '../wire/stanza.ts';
import { type Answer, DONE, isQuery, notImplemented, type QueryClient } from './query.ts';

/** `md`: a companion that logs out is unlinked, and its connection ends as for any unlinked device. */
export function answerDevices(iq: Stanza, { account, companion, connection }: QueryClient): Answer {
  if (!isQuery(iq, 'set', 'remove-companion-device')) throw notImplemented();
  account.unlink(companion.id);
  return { ...DONE, afterwards: () => connection.endWith(streamError(401)) };
}
