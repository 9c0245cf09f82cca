const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text as it is stored: in UTF-8. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

export function decodeText(value: Uint8Array): string {
  return decoder.decode(value);
}
