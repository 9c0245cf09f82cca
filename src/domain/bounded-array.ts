import * as v from 'valibot';

/**
 * A list of at most `most` items. The length is checked first: a body has room for half a million invalid items, and
 * reporting each would block the process for half a minute.
 */
export function boundedArray<const S extends v.GenericSchema>(most: number, item: S) {
  return v.pipe(v.array(v.unknown()), v.maxLength(most, `must be at most ${most}`), v.array(item));
}
