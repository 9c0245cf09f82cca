import type { Logger } from 'pino';
import { errorFacts } from '../domain/errors.ts';
import type { Events } from '../store/events.ts';
import type { Background } from './background.ts';
import type { StatusListener } from './supervisor.ts';

export interface StatusLogDeps {
  events: Pick<Events, 'publish'>;
  background: Background;
  logger: Logger;
  /** Epoch milliseconds. */
  now: () => number;
}

/**
 * Writes every change of a session's status to the log, and tells the readers of events. An event that cannot be
 * stored is lost: the status itself can be asked for at any time.
 */
export function statusLog({ events, background, logger, now }: StatusLogDeps): StatusListener {
  return ({ organization, id: session }, { status, reason }, previous, account) => {
    logger.info({ organization, session, status, previous, reason }, 'session status');
    const payload = {
      status,
      previous,
      reason,
      ...(account !== null && { phoneNumber: account.phone, waJid: account.jid }),
    };
    const event = { event: 'session.status', session, timestamp: now(), payload } as const;
    background.run(events.publish(organization, event), (error) => {
      logger.error({ organization, session, ...errorFacts(error) }, 'a session status could not be published');
    });
  };
}
