import type { Signals } from './signals.ts';

/** One of the things that the program `troupe` does. */
export interface Command {
  /** How it is called and what it does, for `--help` and after each {@link UsageError}. */
  usage: string;
  /**
   * Does it with the parameters that follow its name. Yields the exit code; what it rejects with is printed, and the
   * code is 2 for parameters that it cannot be called with, and 1 for everything else.
   */
  run(parameters: readonly string[], signals: Signals): Promise<number>;
}

/** Parameters that a command cannot be called with. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Whether somebody has called a program wrongly, as `parseArgs` of Node finds it or one of our commands does. */
export function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}
