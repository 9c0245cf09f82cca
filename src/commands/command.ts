import type { Signals } from './signals.ts';

/** A subcommand of the program `troupe`. */
export interface Command {
  /** Printed for `--help` and after each {@link UsageError}. */
  usage: string;
  /**
   * Runs with the parameters after its name, and yields the exit code. The message of a rejection is printed; the code
   * is then 2 for a usage error and 1 for any other.
   */
  run(parameters: readonly string[], signals: Signals): Promise<number>;
}

/** Invalid parameters of a command. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Whether an error is about the parameters: a {@link UsageError} or one of Node's `parseArgs`. */
export function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}
