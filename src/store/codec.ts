import * as v from 'valibot';

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** A stored value that does not fit its schema: a damaged store, or one written by a newer version. */
export class CorruptRecordError extends Error {
  constructor(what: string, options: ErrorOptions) {
    super(`the stored ${what} cannot be read`, options);
    this.name = 'CorruptRecordError';
  }
}

/** Turns records into stored bytes and back, checked by a schema. */
export interface Codec<T> {
  encode(record: T): Uint8Array;
  /** Throws {@link CorruptRecordError} on anything that is not such a record. */
  decode(value: Uint8Array): T;
}

export function jsonCodec<const S extends v.GenericSchema>(what: string, schema: S): Codec<v.InferOutput<S>> {
  return {
    encode: (record) => encoder.encode(JSON.stringify(record)),
    decode: (value) => {
      try {
        return v.parse(schema, JSON.parse(decoder.decode(value)));
      } catch (cause) {
        throw new CorruptRecordError(what, { cause });
      }
    },
  };
}
