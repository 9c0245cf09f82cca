/** Why the simulator refused a request; the codes are those of the gateway. */
export type SimulatorErrorCode = 'validation_error' | 'not_found' | 'conflict' | 'timeout' | 'unavailable';

/** A request to the simulator that cannot be fulfilled. `message` is meant for the caller. */
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

/** The message of an error, or a thrown value as text. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
