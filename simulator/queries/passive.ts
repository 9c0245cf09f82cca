import { deliverMissed } from '../connection/offline-queue.ts';
import { sendFirstSync } from '../messages/compose/first-sync.ts';
import { type Answer, DONE, type QueryClient } from './query.ts';

/** `passive`: the client listens from now on. A device that has never been here hears from its phone. */
export function answerPassive(_iq: unknown, client: QueryClient): Answer {
  return { ...DONE, afterwards: () => startListening(client) };
}

function startListening({ connection, account, companion, network }: QueryClient): void {
  deliverMissed(connection, companion);
  if (companion.countLogin()) network.background.run(() => sendFirstSync(account, companion, network), connection.id);
}
