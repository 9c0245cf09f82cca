import type { Logger } from 'pino';
import { redactedText } from '../../../domain/log-schema.ts';

/** The part of Baileys' logger contract that it calls. */
interface LibraryLogger {
  level: string;
  child(bindings: Record<string, unknown>): LibraryLogger;
  trace(...args: unknown[]): void;
  debug(...args: unknown[]): void;
  info(...args: unknown[]): void;
  warn(...args: unknown[]): void;
  error(...args: unknown[]): void;
}

const ignore = () => {};

/**
 * Redacts Baileys' log. Its objects contain stanzas, keys and message content, so none of them passes; of its messages
 * only plain words pass, because some contain JIDs and JSON. Levels below `warn` are off: Baileys would serialize every
 * stanza first.
 */
export function baileysLogger(logger: Logger): LibraryLogger {
  const redacting: LibraryLogger = {
    level: 'warn',
    child: () => redacting,
    trace: ignore,
    debug: ignore,
    info: ignore,
    warn: (...args) => logger.debug({ library: 'baileys', said: redactedText(args) }, 'library warning'),
    error: (...args) => logger.debug({ library: 'baileys', said: redactedText(args) }, 'library error'),
  };
  return redacting;
}
