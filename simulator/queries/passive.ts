import { deliverMissed } from '../connection/offline-queue.ts';
import { sendFirstSync } from '../messages/compose/first-sync.ts';
import { type Answer, DONE, type QueryClient } from './query.ts';

/** `passive`: starts pushing to the client. At the first login the phone sends its first sync. */
export function answerPassive(_iq: unknown, client: QueryClient): Answer {
  return { ...DONE, afterwards: () => startListening(client) };
}

function startListening({ connection, account, companion, network }: QueryClient): void {
  deliverMissed(connection, companion, network);
  if (companion.countLogin()) network.background.run(() => sendFirstSync(account, companion, network), connection.id);
}
