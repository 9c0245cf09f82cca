import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import { containCrashes } from '../actors/socket/error-domain.ts';
import { type Config, readConfig } from '../config.ts';
import { errorFacts, firstErrorOf, OperatorError } from '../domain/errors.ts';
import type { Gateway } from '../gateway.ts';
import { createLogger, muteConsole } from '../logger.ts';
import type { Command } from './command.ts';
import { nameOf, type Signals } from './signals.ts';

const usage = `usage:
  troupe serve

Runs the gateway until SIGTERM or SIGINT, which shut it down gracefully within 25 s; a second signal ends it at once. Its
settings come from the environment. The exit code is 0 after a graceful shutdown and after an interrupted start.
`;

/** Ends a shutdown that hangs; every accepted send is stored by then. */
const closeDeadlineMs = 24_000;

/** Long enough for requests in transit, and for load balancers to see that it is no longer ready. */
const noticeMs = 3_000;

/** Runs the gateway until a signal. Yields 0 when the shutdown succeeded in time. */
async function serve(config: Config, logger: Logger, signals: Signals): Promise<number> {
  logger.info({ pid: process.pid }, 'gateway is starting');
  const { first } = signals;
  // Loading the modules takes a while, and signals must be handled meanwhile.
  const loaded = await unlessAborted(import('../gateway.ts'), first);
  const starting = loaded?.startGateway(config, logger, { noticeMs, signal: first }) ?? null;
  const gateway = await unlessAborted(starting, first);
  if (gateway === null) {
    logger.info({ signal: nameOf(first) }, 'start interrupted; a second signal ends at once');
    return end(closeStarting(starting, first), logger);
  }
  logger.info({ url: gateway.url, pid: process.pid }, 'gateway started');
  if (gateway.metricsUrl !== null) logger.info({ url: gateway.metricsUrl }, 'metrics can be read');
  if (!first.aborted) await once(first, 'abort');
  logger.info({ signal: nameOf(first) }, 'draining; a second signal ends at once');
  return end(gateway.close(), logger);
}

/** The result of some work; null if the signal aborts first. */
async function unlessAborted<T>(work: Promise<T> | null, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null;
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal }).then(() => null);
  // Rejects once `done` aborts, when nothing awaits it.
  aborted.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    done.abort();
  }
}

/** Resolves when an interrupted start (null: not begun) is undone, even if it had just completed. */
async function closeStarting(starting: Promise<Gateway> | null, { reason }: AbortSignal): Promise<void> {
  const gateway = await starting?.catch((error: unknown) => {
    if (error === reason) return null;
    throw error instanceof SuppressedError ? error.error : error;
  });
  await gateway?.close();
}

/** Waits for the shutdown, up to its deadline. */
async function end(closing: Promise<void>, logger: Logger): Promise<number> {
  const late = after(closeDeadlineMs, 'late' as const, { ref: false });
  try {
    const outcome = await Promise.race([closing.then(() => 'closed' as const), late]);
    logger.info({ outcome }, 'gateway ended');
    return outcome === 'closed' ? 0 : 1;
  } catch (error) {
    const first = firstErrorOf(error);
    const reason = first instanceof OperatorError ? { reason: first.message } : {};
    logger.error({ ...errorFacts(first), ...reason }, 'shutdown finished with errors');
    return 1;
  }
}

/** After an error of unknown origin the state of the process cannot be trusted. */
function exitOnUnexpectedError(logger: Logger): void {
  containCrashes((error) => {
    logger.fatal(errorFacts(error), 'unexpected error');
    process.exit(1);
  });
}

function refuseToStart(error: unknown): number {
  const isUndone = !(error instanceof SuppressedError);
  const cause: unknown = isUndone ? error : error.suppressed;
  const expected = cause instanceof OperatorError || (cause instanceof Error && 'syscall' in cause);
  process.stderr.write(`Troupe did not start: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  if (!expected && cause instanceof Error) process.stderr.write(`${cause.stack ?? ''}\n`);
  if (!isUndone) process.stderr.write(`Cleaning up failed: ${JSON.stringify(errorFacts(error.error))}\n`);
  return 1;
}

async function run(parameters: readonly string[], signals: Signals): Promise<number> {
  parseArgs({ args: [...parameters], options: {} });
  try {
    const config = readConfig(process.env);
    const logger = createLogger(config.logLevel);
    signals.onForced = (signal) => logger.warn({ signal }, 'ended at once by a second signal');
    exitOnUnexpectedError(logger);
    muteConsole(logger);
    return await serve(config, logger, signals);
  } catch (error) {
    return refuseToStart(error);
  }
}

export const command: Command = { usage, run };
