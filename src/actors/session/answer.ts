import type { Outcome } from '../../domain/errors.ts';
import type { Answer, Reply } from './commands.ts';

/** The only way to answer a command: cancels its deadline and emits the reply. */
export function answer(
  enqueue: { cancel: (id: string) => void; emit: (reply: Reply) => void },
  requestId: string,
  outcome: Outcome<Answer>,
): void {
  enqueue.cancel(requestId);
  enqueue.emit({ type: 'reply', requestId, outcome });
}
