import type { Logger } from 'pino';

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

/** The words of a log call's message that carry no digits, quotes, braces or addresses; at most a sentence. */
export function redactedText(args: readonly unknown[]): string {
  const message = args.find((arg) => typeof arg === 'string') ?? '';
  const words = String(message).split(/\s+/).slice(0, 20);
  return words.map((word) => (/^[A-Za-z][a-z,.'-]*$/.test(word) ? word : '…')).join(' ');
}
