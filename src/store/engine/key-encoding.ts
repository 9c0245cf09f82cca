import type { Key } from '../contract.ts';

// Each part ends with a NUL, which sorts before every character of a part. So the UTF-8 bytes of encoded keys compare as
// the keys do, part by part, and the keys below a prefix are one range.
const end = '\0';
const afterEnd = '\u0001';

/** A key as one string whose UTF-8 bytes sort in key order. Throws a TypeError for a key that the contract forbids. */
export function encodeKey(key: Key): string {
  for (const [index, part] of key.entries()) {
    const fault = faultOf(part);
    if (fault !== null) throw new TypeError(`Part ${index} of a key ${fault}.`);
  }
  return key.join(end) + end;
}

/** The key of the UTF-8 bytes of an encoded key. */
export function decodeKey(encoded: Uint8Array): Key {
  const text = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength).toString('utf8');
  const [partition, ...path] = text.slice(0, -end.length).split(end);
  if (partition === undefined || !text.endsWith(end)) throw new Error('The bytes are not an encoded key.');
  return [partition, ...path];
}

/** The bounds, both exclusive, of the encoded keys below a prefix. */
export function rangeBelow(prefix: Key): { from: string; to: string } {
  const from = encodeKey(prefix);
  return { from, to: from.slice(0, -end.length) + afterEnd };
}

function faultOf(part: string): string | null {
  if (part === '') return 'is empty';
  if (part.includes(end)) return 'contains NUL';
  // A lone surrogate has no UTF-8 form: it would be stored as U+FFFD, as other keys would.
  return part.isWellFormed() ? null : 'is not well-formed Unicode';
}
