/**
 * Converts WhatsApp's time to epoch milliseconds: whole seconds as an attribute of a stanza, a number or a protobuf long.
 * `now` when it is absent or invalid.
 */
export function epochMs(seconds: number | { toString(): string } | null | undefined, now: number): number {
  const value = Number(seconds?.toString());
  return Number.isSafeInteger(value) && value > 0 ? value * 1000 : now;
}
