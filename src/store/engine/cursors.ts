import { GatewayError } from '../../domain/errors.ts';

/** Enough for every safe integer: cursors of equal width compare as strings as their positions do. */
const cursorDigits = 16;

/** How far the logs of a restored store skip ahead: further than any can have grown since its backup. */
export const cursorsAhead = 1_000_000_000;

/** The position of a cursor, 0 for none. Cursors come from clients, so a malformed one is a `validation_error`. */
export function toPosition(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (cursor.length === cursorDigits && /^\d+$/.test(cursor)) return Number(cursor);
  throw new GatewayError({
    code: 'validation_error',
    message: 'The cursor is malformed; leave it out to read from the oldest entry.',
  });
}

export function toCursor(position: number): string {
  return String(position).padStart(cursorDigits, '0');
}
