/** WhatsApp's error code for a query; Baileys stores it in `data`, as a number. */
export function queryErrorCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('data' in error)) return undefined;
  return typeof error.data === 'number' ? error.data : undefined;
}

/** The status of a Baileys error, from `output.statusCode`. */
export function statusCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('output' in error)) return undefined;
  const { output } = error;
  if (typeof output !== 'object' || output === null || !('statusCode' in output)) return undefined;
  return typeof output.statusCode === 'number' ? output.statusCode : undefined;
}
