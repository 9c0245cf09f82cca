import * as v from 'valibot';

/**
 * A list of at most so many items. How many they are is looked at before what they are: a body has room for half a
 * million wrong items, and telling what is wrong with each takes half a minute in which nobody else is served.
 */
export function boundedArray<const S extends v.GenericSchema>(most: number, item: S) {
  return v.pipe(v.array(v.unknown()), v.maxLength(most, `must be at most ${most}`), v.array(item));
}
