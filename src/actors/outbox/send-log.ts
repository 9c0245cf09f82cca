import type { Logger } from 'pino';
import type { OutboxRow } from '../../domain/outbox.ts';
import type { Outbox } from '../../store/records/outbox/outbox.ts';

/**
 * An outbox that writes a line for each step of a send, with the trace of the request that it was accepted from: so a
 * message can be followed from there to its receipts, over restarts and from node to node. Never what it says, nor to
 * whom.
 */
export function loggedOutbox(outbox: Outbox, logger: Pick<Logger, 'info'>): Outbox {
  return {
    ...outbox,
    enqueue: async (row, fingerprint) => {
      const result = await outbox.enqueue(row, fingerprint);
      if (result === 'queued') logger.info(factsOf(row), 'send accepted');
      return result;
    },
    begin: async (row, options) => {
      const result = await outbox.begin(row, options);
      if (result === 'begun') logger.info(factsOf(row), 'send begun');
      return result;
    },
    resume: async (row, rate) => {
      const resumed = await outbox.resume(row, rate);
      if (resumed.status === 'sending' && resumed.early === null) logger.info(factsOf(resumed), 'send begun again');
      return resumed;
    },
    settle: async (row, message) => {
      const settled = await outbox.settle(row, message);
      if (settled.error === null) logger.info(factsOf(settled), 'send acknowledged');
      else logger.info(factsOf(settled), 'send failed');
      return settled;
    },
    cancel: async (row) => {
      const cancelled = await outbox.cancel(row);
      if (cancelled !== null) logger.info(factsOf(cancelled), 'send failed');
      return cancelled;
    },
    receive: async (address, receipt) => {
      const row = await outbox.receive(address, receipt);
      if (row !== null) logger.info(factsOf(row), 'send confirmed by its recipient');
      return row;
    },
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
