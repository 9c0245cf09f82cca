import type { Logger } from 'pino';
import { errorFacts, OperatorError } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { BackgroundTasks } from '../background-tasks.ts';
import type { InboundRecorder } from '../inbound/inbound-recorder.ts';
import type { Supervisor } from './supervisor.ts';

/** How an actor system starts and ends. */
export interface Lifecycle {
  /**
   * Brings back every stored session; those that should run connect as the login limiter admits them. Nothing runs
   * before. Rejects when the store does, and with the reason of the signal once it aborts; `drain` and `end` undo what
   * has begun.
   */
  restore(signal: AbortSignal): Promise<void>;
  /**
   * Lets sends in flight finish, closes all sockets, and stores what WhatsApp has delivered. Rejects at the end, with a
   * sentence for the operator, if some of it could not be stored.
   */
  drain(): Promise<void>;
  /** To be called after `drain`, when no caller is left. */
  end(): Promise<void>;
}

/** Which sessions this process runs: all of them, or those that it owns among several nodes. */
export interface SessionHosting {
  start(signal: AbortSignal): Promise<void>;
  drain(): Promise<void>;
  end(): Promise<void>;
}

export interface LifecycleDeps {
  sessions: Pick<Sessions, 'deleted'>;
  hosting: SessionHosting;
  supervisor: Pick<Supervisor, 'drain'>;
  recorder: Pick<InboundRecorder, 'finish'>;
  background: BackgroundTasks;
  /** Deletes what is left of a session whose record is deleted. */
  sweep: (address: SessionAddress) => Promise<void>;
  /** Yields how to stop. */
  startExpirySweeps: () => () => void;
  logger: Logger;
}

export function createLifecycle(deps: LifecycleDeps): Lifecycle {
  const { sessions, hosting, supervisor, recorder, background, startExpirySweeps } = deps;
  let stopExpirySweeps = (): void => undefined;
  return {
    restore: async (signal) => {
      signal.throwIfAborted();
      stopExpirySweeps = startExpirySweeps();
      for await (const address of sessions.deleted()) {
        await sweepDeleted(deps, address);
        signal.throwIfAborted();
      }
      await hosting.start(signal);
    },
    drain: async () => {
      stopExpirySweeps();
      await hosting.drain();
      await supervisor.drain();
      const lost = await recorder.finish();
      if (lost > 0) {
        throw new OperatorError(
          `${lost} inbound events were acknowledged to WhatsApp, could not be stored and are lost`,
        );
      }
    },
    end: async () => {
      await hosting.end();
      await background.idle();
    },
  };
}

/** Finishes a deletion that the end of a process has interrupted. */
async function sweepDeleted({ sweep, logger }: LifecycleDeps, address: SessionAddress): Promise<void> {
  try {
    await sweep(address);
  } catch (error) {
    logger.warn(
      { ...address, ...errorFacts(error) },
      'data of a deleted session could not be deleted; retried at the next start',
    );
  }
}
