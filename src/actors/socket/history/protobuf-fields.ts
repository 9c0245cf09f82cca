/** A field of a protobuf message: a number, or bytes (also of text and of a message within). */
export interface ProtobufField {
  readonly id: number;
  readonly value: number | Uint8Array;
}

const malformed = 'not a protobuf message';

/**
 * The fields of a protobuf message, without decoding what is within them: most of a history is messages, which are skipped
 * so. Groups and floating-point fields are skipped, too. Numbers beyond 2^53 are imprecise. Throws on malformed bytes.
 */
export function* fieldsOf(bytes: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 0x80) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new Error(malformed);
  };
  const take = (length: number): Uint8Array => {
    const end = at + length;
    if (end > bytes.length) throw new Error(malformed);
    const taken = bytes.subarray(at, end);
    at = end;
    return taken;
  };
  while (at < bytes.length) {
    const tag = varint();
    const id = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { id, value: varint() };
        break;
      case 1:
        take(8);
        break;
      case 2:
        yield { id, value: take(varint()) };
        break;
      case 5:
        take(4);
        break;
      default:
        throw new Error(malformed);
    }
  }
}
