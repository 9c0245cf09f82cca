import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { plainWords } from './actors/socket/library-logger.ts';

/** The root of the log: JSON lines on standard output. */
export function createLogger(level: string): Logger {
  // Written at once: a log whose reader has gone away must not keep the process from ending.
  const output = destination({ fd: 1, sync: true });
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, output);
}

const consoleMethods = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;

/**
 * Takes `console` away from libraries: libsignal prints whole Signal sessions through it, private keys included.
 * Only the plain words of the first argument reach the log. Must happen before the first connection.
 */
export function muteConsole(logger: Logger): void {
  for (const method of consoleMethods) {
    console[method] = (...args: unknown[]) => {
      logger.debug({ method, said: plainWords(args.slice(0, 1)) }, 'library console output');
    };
  }
}
