/** Why a request to the simulator was refused, in the words of the gateway's own error codes. */
export type SimulatorErrorCode = 'validation_error' | 'not_found' | 'conflict' | 'timeout' | 'unavailable';

/** A request to the simulator that cannot be fulfilled. `message` is meant for whoever made the request. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError';
  readonly code: SimulatorErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: SimulatorErrorCode,
    message: string,
    options: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }
}

/** What went wrong, as one line of text. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
