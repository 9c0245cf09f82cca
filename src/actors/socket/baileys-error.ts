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

/** The tag of what a `<stream:error>` contains; Baileys stores that stanza in `data`. */
export function streamErrorTag(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('data' in error)) return undefined;
  const { data } = error;
  if (typeof data !== 'object' || data === null || !('tag' in data)) return undefined;
  return typeof data.tag === 'string' ? data.tag : undefined;
}
