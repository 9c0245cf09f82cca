/**
 * WhatsApp's time, in whole seconds as an attribute of a stanza, a number or protobuf's long, in epoch milliseconds;
 * `now` when there is none, or none that can be meant.
 */
export function epochMs(seconds: number | { toString(): string } | null | undefined, now: number): number {
  const value = Number(seconds?.toString());
  return Number.isSafeInteger(value) && value > 0 ? value * 1000 : now;
}
