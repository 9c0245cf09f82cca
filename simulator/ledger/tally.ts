import type { LedgerEntry } from './entries.ts';

/** Counts for one message id, as needed to check that it was delivered exactly once. */
export interface Tally {
  /** Message stanzas that clients sent with that id. */
  readonly arrivals: number;
  /** Acks that the server sent for it, refusals included. */
  readonly acks: number;
  /** How often each device decrypted it, by `number:device`. */
  readonly decrypted: Readonly<Record<string, number>>;
}

/** @param entries those of the message */
export function tallyOf(entries: readonly LedgerEntry[]): Tally {
  let [arrivals, acks] = [0, 0];
  const decrypted: Record<string, number> = {};
  for (const entry of entries) {
    if (entry.kind === 'stanza' && entry.tag === 'message' && entry.direction === 'in') arrivals += 1;
    if (entry.kind === 'stanza' && entry.tag === 'ack' && entry.direction === 'out') acks += 1;
    if (entry.kind !== 'delivery') continue;
    const device = `${entry.to}:${entry.device}`;
    decrypted[device] = (decrypted[device] ?? 0) + 1;
  }
  return { arrivals, acks, decrypted };
}
