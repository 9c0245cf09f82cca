import type { Logger } from 'pino';
import type { ScheduleTimer } from '../../domain/clock.ts';
import { errorFacts } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';
import type { BackgroundTasks } from '../background-tasks.ts';
import { freshHead } from '../session/policy/queue-expiry.ts';

/** How often queues are looked through for sends that have waited too long. */
const intervalMs = 60_000;

export interface QueueExpirySweeperDeps {
  outbox: Pick<Outbox, 'head' | 'cancel'>;
  /** Of all sessions. */
  addresses: () => SessionAddress[];
  background: BackgroundTasks;
  logger: Logger;
  delay: ScheduleTimer;
  /** Epoch milliseconds. */
  now: () => number;
}

/** Expires the sends of sessions that never return; connected ones expire their own. Yields how to stop. */
export function sweepExpiredQueues({
  outbox,
  addresses,
  background,
  logger,
  delay,
  now,
}: QueueExpirySweeperDeps): () => void {
  const sweep = (): void => {
    cancel = delay(intervalMs, sweep);
    for (const address of addresses()) {
      background.run(
        freshHead(outbox, address, now()).then(() => undefined),
        (error) => logger.warn({ ...address, ...errorFacts(error) }, 'queue expiry sweep failed'),
      );
    }
  };
  let cancel = delay(intervalMs, sweep);
  return () => cancel();
}
