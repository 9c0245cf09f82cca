import { parseAddress } from '../accounts/address.ts';
import { SERVER } from '../wire/stanza.ts';
import type { LedgerEntry, StanzaEntry } from './entries.ts';

/** Counts for one message id, as needed to check that it was delivered exactly once. */
export interface Tally {
  /** Message stanzas that clients sent with that id. */
  readonly arrivals: number;
  /** Those of them that are only for the device that requested a retry. */
  readonly resends: number;
  /** Acks that the server sent for it, refusals included. */
  readonly acks: number;
  /** How often each device decrypted it, by `number:device`. */
  readonly decrypted: Readonly<Record<string, number>>;
}

/** @param entries those of the message */
export function tallyOf(entries: readonly LedgerEntry[]): Tally {
  let [arrivals, resends, acks] = [0, 0, 0];
  const decrypted: Record<string, number> = {};
  for (const entry of entries) {
    if (entry.kind === 'stanza' && entry.tag === 'message' && entry.direction === 'in') {
      arrivals += 1;
      if (isResend(entry)) resends += 1;
    }
    if (entry.kind === 'stanza' && entry.tag === 'ack' && entry.direction === 'out') acks += 1;
    if (entry.kind !== 'delivery') continue;
    const device = `${entry.to}:${entry.device}`;
    decrypted[device] = (decrypted[device] ?? 0) + 1;
  }
  return { arrivals, resends, acks, decrypted };
}

/** A first delivery to a group names no participant, and one to a person has a ciphertext for each device instead of one. */
function isResend({ attrs, to, children }: StanzaEntry): boolean {
  if (attrs['participant'] !== undefined) return true;
  // A peer message, to the own phone, has only one device to go to.
  return isPerson(to ?? '') && children.includes('enc') && attrs['category'] !== 'peer';
}

function isPerson(jid: string): boolean {
  const server = parseAddress(jid)?.server;
  return server === SERVER || server === 'lid';
}
