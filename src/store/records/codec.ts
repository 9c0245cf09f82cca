import * as v from 'valibot';
import { reportUnknownForm, UnknownFormError } from '../unreadable-value.ts';
import { encodeText } from './text.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Encodes records as stored bytes and back, checked by a schema. During a rolling update an older node reads what a newer
 * one has written, so no object of a record rejects unknown fields, at any depth. Records that are changed and written
 * back consist of loose objects, which keep such fields; those that are always written whole drop them. Only the content
 * of a message is strict: without such a field it would be sent as another message.
 */
export interface Codec<T> {
  encode(record: T): Uint8Array;
  /**
   * Throws an {@link UnknownFormError} for anything else, and reports it. The same unchanged array yields the same record,
   * which callers must not change.
   */
  decode(value: Uint8Array): T;
}

const schemas = new Map<string, v.GenericSchema>();

/** The schema of every codec in this process, by the name of its record. */
export const codecSchemas: ReadonlyMap<string, v.GenericSchema> = schemas;

/**
 * Creates the codec of a kind of record; call it once per kind, when its module is loaded. `toStored` reverses what the
 * schema transforms.
 */
export function jsonCodec<const S extends v.GenericSchema>(
  what: string,
  schema: S,
  toStored: (record: v.InferOutput<S>) => unknown = (record) => record,
): Codec<v.InferOutput<S>> {
  if (schemas.has(what)) throw new Error(`there is a codec for the ${what} already`);
  schemas.set(what, schema);
  // The cache answers with the same array each time.
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
