/**
 * The record of a device's sender keys with all bytes in base64. Baileys writes bytes as arrays of numbers and reads only
 * base64 (7.0.0-rc14, `SenderKeyRecord`): with the keys that it keeps for messages that others have overtaken it could not
 * decrypt these.
 */
export function revivableSenderKeys(record: Uint8Array): Uint8Array {
  const text = Buffer.from(record).toString();
  // Most records keep no such keys, and each message to a group passes here.
  if (!text.includes('"data":[')) return record;
  return Buffer.from(
    JSON.stringify(JSON.parse(text, (_, value: unknown) => (isBytes(value) ? inBase64(value) : value))),
  );
}

interface NodeBytes {
  data: readonly number[];
}

/** Node's own form of bytes in JSON. */
function isBytes(value: unknown): value is NodeBytes {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('data' in value)) return false;
  return value.type === 'Buffer' && Array.isArray(value.data);
}

function inBase64({ data }: NodeBytes): object {
  return { type: 'Buffer', data: Buffer.from(data).toString('base64') };
}
