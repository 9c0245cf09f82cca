import { setTimeout as after } from 'node:timers/promises';
import type { Logger } from 'pino';
import { containCrashes } from './actors/socket/containment.ts';
import { readConfig } from './config.ts';
import { errorFacts, OperatorError } from './domain/errors.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { createLogger, muteConsole } from './logger.ts';

/** The whole shutdown must be over by then; whatever is accepted is in the store. */
const closeDeadlineMs = 24_000;

/** Long enough for requests on their way, and for balancers to see that it is not ready any more. */
const noticeMs = 3_000;

/** Ends with 0 when everything was drained in time. A second signal ends at once. */
function closeOnSignal(gateway: Gateway, logger: Logger): void {
  let signals = 0;
  const onSignal = (signal: string): void => {
    signals += 1;
    if (signals > 1) process.exit(1);
    logger.info({ signal }, 'draining; a second signal ends at once');
    end(gateway, logger).then(
      (code) => process.exit(code),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function end(gateway: Gateway, logger: Logger): Promise<number> {
  const late = after(closeDeadlineMs, 'late' as const, { ref: false });
  try {
    const outcome = await Promise.race([gateway.close().then(() => 'closed' as const), late]);
    logger.info({ outcome }, 'gateway ended');
    return outcome === 'closed' ? 0 : 1;
  } catch (error) {
    const reason = error instanceof OperatorError ? { reason: error.message } : {};
    logger.error({ ...errorFacts(error), ...reason }, 'gateway ended, but not well');
    return 1;
  }
}

/** A fault whose origin is unknown: the state of the process cannot be trusted any more. */
function endOnStray(logger: Logger): void {
  containCrashes((error) => {
    logger.fatal(errorFacts(error), 'unexpected error');
    process.exit(1);
  });
}

function refuseToStart(error: unknown): never {
  const expected = error instanceof OperatorError || (error instanceof Error && 'syscall' in error);
  process.stderr.write(`Troupe did not start: ${error instanceof Error ? error.message : String(error)}\n`);
  if (!expected && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exit(1);
}

try {
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  endOnStray(logger);
  muteConsole(logger);
  const gateway = await startGateway(config, logger, { noticeMs });
  closeOnSignal(gateway, logger);
  logger.info({ url: gateway.url, pid: process.pid }, 'gateway started');
  if (gateway.metricsUrl !== null) logger.info({ url: gateway.metricsUrl }, 'metrics can be read');
} catch (error) {
  refuseToStart(error);
}
