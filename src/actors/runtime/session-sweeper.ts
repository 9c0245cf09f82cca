import type { Logger } from 'pino';
import { type ScheduleTimer, sleep } from '../../domain/clock.ts';
import { errorFacts } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { GatewayStore } from '../../store/gateway-store.ts';
import { credentials as credentialsOf } from '../../store/records/sessions/credentials.ts';
import { deleteSessionData } from '../../store/records/sessions/delete-session-data.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { BackgroundTasks } from '../background-tasks.ts';
import type { InboundRecorder } from '../inbound/inbound-recorder.ts';

/** How long a deletion waits for the sweep; what is left after that goes on in the background. */
const waitMs = 5_000;

export interface SessionSweeperDeps {
  store: GatewayStore;
  sessions: Pick<Sessions, 'swept'>;
  recorder: Pick<InboundRecorder, 'recorded'>;
}

/** Deletes what is left of a session whose record is deleted. */
export function sessionSweeper(deps: SessionSweeperDeps): (address: SessionAddress) => Promise<void> {
  const { store, sessions, recorder } = deps;
  const credentials = credentialsOf(store);
  return async (address) => {
    // What arrived before the end is recorded first: recorded later, it would outlive the session.
    await recorder.recorded(address);
    await credentials.wipe(address);
    await deleteSessionData(store, address, 'rest');
    await sessions.swept(address);
  };
}

export interface BoundedSweepDeps {
  sweep: (address: SessionAddress) => Promise<void>;
  background: BackgroundTasks;
  delay: ScheduleTimer;
  logger: Logger;
}

/**
 * The same for a caller that waits: resolves when all is deleted, or after 5 s, when the rest is deleted in the
 * background. What fails there is deleted at the next start. Rejects when the sweep fails in time.
 */
export function boundedSweep(deps: BoundedSweepDeps): (address: SessionAddress) => Promise<void> {
  const { sweep, background, delay, logger } = deps;
  return async (address) => {
    const enough = new AbortController();
    const sweeping = sweep(address);
    background.run(sweeping, (error) => {
      logger.warn(
        { ...address, ...errorFacts(error) },
        'data of a deleted session could not be deleted; retried at the next start',
      );
    });
    try {
      await Promise.race([sweeping, sleep(delay, waitMs, enough.signal)]);
    } finally {
      enough.abort();
    }
  };
}
