import type { Logger } from 'pino';
import { errorFacts } from '../../domain/errors.ts';
import type { GatewayEvent } from '../../domain/event.ts';
import type { Metrics } from '../../domain/metrics.ts';
import type { SessionAddress, SessionState, SessionStatus } from '../../domain/session.ts';
import type { BackgroundTasks } from '../background-tasks.ts';
import type { StatusListener } from './supervisor.ts';

export interface StatusPublisherDeps {
  /** Stores it as what was last published, and lets the readers of events know. */
  publish: (address: SessionAddress, state: SessionState, event: GatewayEvent) => Promise<void>;
  background: BackgroundTasks;
  metrics: Pick<Metrics, 'rateLimitReached' | 'reconnecting'>;
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
}

/**
 * Writes every change of a session's status to the log, and tells the readers of events. An event that cannot be
 * stored is lost: the status itself can be asked for at any time.
 */
export function statusPublisher({ publish, background, metrics, logger, now }: StatusPublisherDeps): StatusListener {
  return ({ organization, id: session }, state, previous, account) => {
    const { status, reason, since, nextAttemptAt } = state;
    const change = { status, previous, reason, nextAttemptAt };
    count(metrics, state, previous);
    logger[levelOf(state)]({ organization, session, ...change }, 'session status');
    const payload = {
      ...change,
      since,
      ...(account !== null && { phoneNumber: account.phone, waJid: account.jid }),
      ...(account !== null && account.lid !== null && { waLid: account.lid }),
    };
    const event = { event: 'session.status', session, timestamp: now(), payload } as const;
    background.run(publish({ organization, session }, state, event), (error) => {
      logger.error({ organization, session, ...errorFacts(error) }, 'a session status could not be published');
    });
  };
}

function count(metrics: StatusPublisherDeps['metrics'], state: SessionState, previous: SessionStatus): void {
  if (state.status === 'rate_limited') metrics.rateLimitReached();
  if (state.reason !== null && isBeginningToWait(state, previous)) metrics.reconnecting(state.reason);
}

/** Whether an attempt follows a loss: an inactive session that stays `failed` only has another next attempt. */
function isBeginningToWait({ status, nextAttemptAt }: SessionState, previous: SessionStatus): boolean {
  if (nextAttemptAt === null) return false;
  return status !== 'failed' || previous !== 'failed';
}

/** A session that stays down until an operator acts, that WhatsApp does not keep or link as it is, is to be noticed. */
function levelOf({ status, reason, nextAttemptAt }: SessionState): 'error' | 'warn' | 'info' {
  if (status === 'failed') return nextAttemptAt === null ? 'error' : 'warn';
  return reason === 'server_error_repeated' || reason === 'passkey_required' ? 'warn' : 'info';
}
