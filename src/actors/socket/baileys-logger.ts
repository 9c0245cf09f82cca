import type { Logger } from 'pino';
import { redactedText } from '../../domain/log-schema.ts';

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
 * The gate for Baileys' log. Its objects hold stanzas, keys and message content, so nothing of them passes; its
 * messages pass only as far as they are plain words, because it writes JIDs and JSON into some of them. Below `warn`
 * it says nothing: it would build the text of every stanza first.
 */
export function baileysLogger(logger: Logger): LibraryLogger {
  const gated: LibraryLogger = {
    level: 'warn',
    child: () => gated,
    trace: ignore,
    debug: ignore,
    info: ignore,
    warn: (...args) => logger.debug({ library: 'baileys', said: redactedText(args) }, 'library warning'),
    error: (...args) => logger.debug({ library: 'baileys', said: redactedText(args) }, 'library error'),
  };
  return gated;
}
