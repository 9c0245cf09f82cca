import * as v from 'valibot';
import type { GatewayEvent } from '../../../domain/event.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Key, SetEntry, Store } from '../../contract.ts';
import { sessionKey } from '../../record-kinds.ts';
import { jsonCodec } from '../codec.ts';
import { eventAppend } from '../event-log.ts';
import { recordsBelow } from '../record-scan.ts';

/** What is not recorded after so long never will be: its session was not started again. */
const retentionMs = 3 * 24 * 60 * 60 * 1000;

/**
 * A decrypted message. `attrs` are those of its stanza; `parts` are its encrypted parts in their order: the hash of the
 * ciphertext, and the plaintext, in base64. `place`: greater for messages that came later; 0 when unknown.
 */
const JournaledMessageSchema = v.object({
  name: v.string(),
  attrs: v.record(v.string(), v.string()),
  parts: v.array(v.object({ ciphertext: v.string(), plaintext: v.string() })),
  place: v.optional(v.number(), 0),
});

export type JournaledMessage = v.InferOutput<typeof JournaledMessageSchema>;

const codec = jsonCodec('journaled message', JournaledMessageSchema);

/**
 * The entry of a message that is being received, for the commit that stores its ratchet: from then on it cannot be
 * decrypted again, and once it is confirmed WhatsApp does not deliver it again. It is deleted in the commit that records
 * the message.
 */
export function journalEntry(address: SessionAddress, message: JournaledMessage, now: number): SetEntry {
  return { key: journalKey(address, message.name), value: codec.encode(message), expiresAt: now + retentionMs };
}

function journalKey(address: SessionAddress, name: string): Key {
  return sessionKey(address, 'inbound-journal', name);
}

/** What the commit that records a message deletes. `name`: null for a message that is not journaled. */
export function journaledKeys(address: SessionAddress, name: string | null): Key[] {
  return name === null ? [] : [journalKey(address, name)];
}

/** Publishes an event that a message brings which is not kept itself; only once for a journaled message. */
export async function publishOnce(
  store: Store,
  address: SessionAddress,
  event: GatewayEvent,
  journal: string | null,
): Promise<void> {
  const appends = [eventAppend(address.organization, event)];
  const [key] = journaledKeys(address, journal);
  if (key === undefined) {
    await store.commit({ appends });
    return;
  }
  const entry = await store.get(key);
  // A connection that was lost and its successor both report what was journaled between them.
  if (entry !== null) await store.commit({ checks: [{ key, version: entry.version }], deletes: [key], appends });
}

/**
 * Messages that were decrypted and never recorded, in the order in which they came: their process was killed. Unreadable
 * ones are left out.
 */
export async function journaledMessages(store: Store, address: SessionAddress): Promise<JournaledMessage[]> {
  const decode = { decode: ({ value }: { value: Uint8Array }) => codec.decode(value) };
  const found = await Array.fromAsync(recordsBelow(store, sessionKey(address, 'inbound-journal'), decode));
  return found.toSorted((one, other) => one.place - other.place);
}
