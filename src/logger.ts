import { type DestinationStream, destination, type LogFn, type Logger, pino, stdTimeFunctions } from 'pino';
import { loggable, redactedText } from './domain/log-schema.ts';

/** The root of the log: JSON lines on standard output. */
export function createLogger(level: string): Logger {
  // Synchronous: a log whose reader is gone must not keep the process from ending.
  return loggerTo(destination({ fd: 1, sync: true }), level);
}

/** The log of a command, on standard error, apart from its output. */
export function commandLog(): Logger {
  return loggerTo(destination({ fd: 2, sync: true }), 'info');
}

/** A logger that writes only the facts that {@link loggable} admits. */
export function loggerTo(output: DestinationStream, level: string): Logger {
  const formatters = { log: loggable };
  const hooks = { logMethod: writeFacts };
  const logger = pino({ level, base: null, timestamp: stdTimeFunctions.isoTime, formatters, hooks }, output);
  const { child } = logger;
  // pino's formatters skip the bindings of a child, so they are filtered here.
  const gated = function (this: Logger, facts: Record<string, unknown>, options?: object): unknown {
    return Reflect.apply(child, this, [loggable(facts), options]);
  };
  return Object.defineProperty(logger, 'child', { value: gated });
}

/**
 * Passes on the facts and the message of a call, and nothing else: pino would use the text of an error where the message
 * is missing, and would format further arguments into the message.
 */
function writeFacts(this: Logger, args: unknown[], write: LogFn): void {
  const [first, second] = args;
  if (typeof first === 'string') write.call(this, {}, first);
  else write.call(this, first instanceof Error ? { err: first } : first, typeof second === 'string' ? second : '');
}

const consoleMethods = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;

/**
 * Redirects `console`, to which libsignal prints whole Signal sessions with their private keys. Only the plain words of
 * the first argument reach the log. Must happen before the first connection.
 */
export function muteConsole(logger: Logger): void {
  for (const method of consoleMethods) {
    console[method] = (...args: unknown[]) => {
      logger.debug({ method, said: redactedText(args.slice(0, 1)) }, 'library console output');
    };
  }
}
