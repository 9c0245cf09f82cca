import type { Logger } from 'pino';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { SendObserver } from './instrumented-outbox.ts';

/**
 * Writes a line for each step of a send, with the trace of the request that it was accepted from, so that a message can
 * be followed from there to its receipts, over restarts and from node to node. Never its content or its recipient.
 */
export function sendLog(logger: Pick<Logger, 'info'>): SendObserver {
  return {
    onQueued: (row) => logger.info(factsOf(row), 'send accepted'),
    onBegun: (row) => logger.info(factsOf(row), 'send begun'),
    onResumed: (row) => {
      if (row.status === 'sending' && row.early === null) logger.info(factsOf(row), 'send begun again');
    },
    onSettled: (row) => {
      if (row.error === null) logger.info(factsOf(row), 'send acknowledged');
      else logger.info(factsOf(row), 'send failed');
    },
    onPutBack: (row) => logger.info(factsOf(row), 'send put back'),
    onCancelled: (row) => logger.info(factsOf(row), 'send failed'),
    onReceipt: (row) => logger.info(factsOf(row), 'send confirmed by its recipient'),
  };
}

function factsOf({ organization, session, id, mode, status, attempts, error, traceId }: OutboxRow): object {
  return {
    organization,
    session,
    outboxId: id,
    mode,
    status,
    attempts,
    ...(error !== null && { errorCode: error.code }),
    ...(traceId !== null && { traceId }),
  };
}
