import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import { containCrashes } from '../actors/socket/error-domain.ts';
import { type Config, readConfig } from '../config.ts';
import { errorFacts, OperatorError } from '../domain/errors.ts';
import type { Gateway } from '../gateway.ts';
import { createLogger, muteConsole } from '../logger.ts';
import type { Command } from './command.ts';
import { nameOf, type Signals } from './signals.ts';

const usage = `usage:
  troupe serve

Runs the gateway until SIGTERM or SIGINT ends it, in good order and within 25 s; a second signal ends it at once. Its
settings come from the environment. The exit code is 0 when it ended in good order, and when its start was interrupted.
`;

/** The whole shutdown must be over by then; whatever is accepted is in the store. */
const closeDeadlineMs = 24_000;

/** Long enough for requests on their way, and for balancers to see that it is not ready any more. */
const noticeMs = 3_000;

/** Runs the gateway until a signal ends it. Yields 0 when all was closed in good order and in time. */
async function serve(config: Config, logger: Logger, signals: Signals): Promise<number> {
  logger.info({ pid: process.pid }, 'gateway is starting');
  const { first } = signals;
  // Loading the gateway takes a while, in which signals must be received.
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

/** The result of some work; null if the signal aborts before. */
async function unlessAborted<T>(work: Promise<T> | null, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null;
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal }).then(() => null);
  // It rejects when nobody waits any more.
  aborted.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    done.abort();
  }
}

/** Resolves when an interrupted start (null: not begun) is undone, also when it was complete a moment before. */
async function closeStarting(starting: Promise<Gateway> | null, { reason }: AbortSignal): Promise<void> {
  const gateway = await starting?.catch((error: unknown) => {
    if (error === reason) return null;
    throw error instanceof SuppressedError ? error.error : error;
  });
  await gateway?.close();
}

/** Waits until all is closed, but no longer than it may take. */
async function end(closing: Promise<void>, logger: Logger): Promise<number> {
  const late = after(closeDeadlineMs, 'late' as const, { ref: false });
  try {
    const outcome = await Promise.race([closing.then(() => 'closed' as const), late]);
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

function refuseToStart(error: unknown): number {
  const isUndone = !(error instanceof SuppressedError);
  const cause: unknown = isUndone ? error : error.suppressed;
  const expected = cause instanceof OperatorError || (cause instanceof Error && 'syscall' in cause);
  process.stderr.write(`Troupe did not start: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  if (!expected && cause instanceof Error) process.stderr.write(`${cause.stack ?? ''}\n`);
  if (!isUndone) process.stderr.write(`What had begun did not end well: ${JSON.stringify(errorFacts(error.error))}\n`);
  return 1;
}

async function run(parameters: readonly string[], signals: Signals): Promise<number> {
  parseArgs({ args: [...parameters], options: {} });
  try {
    const config = readConfig(process.env);
    const logger = createLogger(config.logLevel);
    signals.onForced = (signal) => logger.warn({ signal }, 'ended at once by a second signal');
    endOnStray(logger);
    muteConsole(logger);
    return await serve(config, logger, signals);
  } catch (error) {
    return refuseToStart(error);
  }
}

export const command: Command = { usage, run };
