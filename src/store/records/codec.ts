import * as v from 'valibot';
import { reportUnknownForm, UnknownFormError } from '../unreadable-value.ts';
import { encodeText } from './text.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Turns records into stored bytes and back, checked by a schema. While nodes are updated one after the other, an older one
 * reads what a newer one has written, so no object of a record refuses a field that it does not know, at any depth. A
 * record that is changed and written back is of loose objects, which keep such fields; one that is always written anew
 * drops them. Only what a message carries is strict: without such a field it would be sent as another message.
 */
export interface Codec<T> {
  encode(record: T): Uint8Array;
  /**
   * Throws an {@link UnknownFormError} on anything that is not such a record, and reports it. The same bytes, not
   * changed since, yield the same record, which nobody may change.
   */
  decode(value: Uint8Array): T;
}

const made = new Map<string, v.GenericSchema>();

/** The schema of every codec that was made in this process, by what it is of. */
export const codecSchemas: ReadonlyMap<string, v.GenericSchema> = made;

/**
 * Made once for each kind of record, when its module is loaded. `toStored` undoes what the schema makes of a record
 * that it reads, if it makes something else of it.
 */
export function jsonCodec<const S extends v.GenericSchema>(
  what: string,
  schema: S,
  toStored: (record: v.InferOutput<S>) => unknown = (record) => record,
): Codec<v.InferOutput<S>> {
  if (made.has(what)) throw new Error(`there is a codec for the ${what} already`);
  made.set(what, schema);
  // What is answered from memory comes as the same bytes each time.
  const decoded = new WeakMap<Uint8Array, { record: v.InferOutput<S> }>();
  return {
    encode: (record) => encodeText(JSON.stringify(toStored(record))),
    decode: (value) => {
      const known = decoded.get(value);
      if (known !== undefined) return known.record;
      const record = parse(what, schema, value);
      decoded.set(value, { record });
      return record;
    },
  };
}

function parse<const S extends v.GenericSchema>(what: string, schema: S, value: Uint8Array): v.InferOutput<S> {
  try {
    return v.parse(schema, JSON.parse(decoder.decode(value)));
  } catch (cause) {
    reportUnknownForm(value);
    throw new UnknownFormError(what, { cause });
  }
}
