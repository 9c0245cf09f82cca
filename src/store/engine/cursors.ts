import { GatewayError } from '../../domain/errors.ts';

/** Holds every safe integer, so that cursors of one width compare as strings like the positions they stand for. */
const cursorDigits = 16;

/** How far the logs of a restored store are ahead: further than any can have got since its backup. */
export const cursorsAhead = 1_000_000_000;

/** The position of a cursor, 0 for none. Cursors come from outside, so a malformed one is the caller's fault. */
export function toPosition(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (cursor.length === cursorDigits && /^\d+$/.test(cursor)) return Number(cursor);
  throw new GatewayError({
    code: 'validation_error',
    message: 'The cursor is not one that was given out here; leave it out to read from the oldest entry.',
  });
}

export function toCursor(position: number): string {
  return String(position).padStart(cursorDigits, '0');
}
