import { type DestinationStream, destination, type LogFn, type Logger, pino, stdTimeFunctions } from 'pino';
import { loggable, redactedText } from './domain/log-schema.ts';

/** The root of the log: JSON lines on standard output. */
export function createLogger(level: string): Logger {
  // Written at once: a log whose reader has gone away must not keep the process from ending.
  return loggerTo(destination({ fd: 1, sync: true }), level);
}

/** The log of a command, on standard error: what it prints for its caller is not mixed with it. */
export function commandLog(): Logger {
  return loggerTo(destination({ fd: 2, sync: true }), 'info');
}

/** A logger that writes facts that {@link loggable} lets through, and nothing else. */
export function loggerTo(output: DestinationStream, level: string): Logger {
  const formatters = { log: loggable };
  const hooks = { logMethod: writeFacts };
  const logger = pino({ level, base: null, timestamp: stdTimeFunctions.isoTime, formatters, hooks }, output);
  const { child } = logger;
  // The library's formatters leave out what its children always say, and they get this from their parent.
  const gated = function (this: Logger, facts: Record<string, unknown>, options?: object): unknown {
    return Reflect.apply(child, this, [loggable(facts), options]);
  };
  return Object.defineProperty(logger, 'child', { value: gated });
}

/**
 * Hands on the facts and the message of a call. Without a message the library would take that of an error in its place,
 * and it would put what comes behind into the message.
 */
function writeFacts(this: Logger, args: unknown[], write: LogFn): void {
  const [first, second] = args;
  if (typeof first === 'string') write.call(this, {}, first);
  else write.call(this, first instanceof Error ? { err: first } : first, typeof second === 'string' ? second : '');
}

const consoleMethods = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;

/**
 * Takes `console` away from libraries: libsignal prints whole Signal sessions through it, private keys included.
 * Only the plain words of the first argument reach the log. Must happen before the first connection.
 */
export function muteConsole(logger: Logger): void {
  for (const method of consoleMethods) {
    console[method] = (...args: unknown[]) => {
      logger.debug({ method, said: redactedText(args.slice(0, 1)) }, 'library console output');
    };
  }
}
