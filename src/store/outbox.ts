import { type OutboxRow, OutboxRowSchema } from '../domain/outbox.ts';
import type { SessionAddress } from '../domain/session.ts';
import { jsonCodec } from './codec.ts';
import type { Key, SetEntry, Store } from './contract.ts';

const codec = jsonCodec('outbox row', OutboxRowSchema);
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** How long the row of a finished send is kept. */
const retentionMs = 7 * 24 * 60 * 60 * 1000;

/**
 * Accepted sends, and for each session the one that is in flight: handed to a socket, with its result not recorded.
 * A row in flight never expires.
 */
export interface Outbox {
  find(organization: string, outboxId: string): Promise<OutboxRow | null>;
  /**
   * Stores a send as accepted and in flight, in one step. Repeating it is the same as once.
   * Rejects when another send of the session is in flight.
   */
  begin(row: OutboxRow): Promise<void>;
  inFlight(key: SessionAddress): Promise<OutboxRow | null>;
  /** Stores the row of a send that stays in flight. */
  update(row: OutboxRow): Promise<void>;
  /** Stores the final row and clears the flight, in one step. Repeating it is the same as once. */
  complete(row: OutboxRow): Promise<void>;
}

export function outbox(store: Store, now: () => number): Outbox {
  return {
    find: (organization, outboxId) => find(store, organization, outboxId),
    begin: async (row) => {
      const flight = flightKey(row);
      const sets = [entryOf(row), { key: flight, value: encoder.encode(row.id) }];
      const result = await store.commit({ checks: [{ key: flight, version: null }], sets });
      if (!result.ok && (await flightOf(store, row)) !== row.id) {
        throw new Error('another send of this session is in flight');
      }
    },
    inFlight: async (key) => {
      const id = await flightOf(store, key);
      return id === null ? null : find(store, key.organization, id);
    },
    update: async (row) => {
      await store.commit({ sets: [entryOf(row)] });
    },
    complete: async (row) => {
      const sets = [{ ...entryOf(row), expiresAt: now() + retentionMs }];
      const deletes = (await flightOf(store, row)) === row.id ? [flightKey(row)] : [];
      await store.commit({ sets, deletes });
    },
  };
}

function keyOf(organization: string, outboxId: string): Key {
  return [organization, 'outbox', outboxId];
}

function flightKey({ organization, session }: SessionAddress): Key {
  return [organization, 'in-flight', session];
}

function entryOf(row: OutboxRow): SetEntry {
  return { key: keyOf(row.organization, row.id), value: codec.encode(row) };
}

async function flightOf(store: Store, key: SessionAddress): Promise<string | null> {
  const entry = await store.get(flightKey(key));
  return entry === null ? null : decoder.decode(entry.value);
}

async function find(store: Store, organization: string, outboxId: string): Promise<OutboxRow | null> {
  const entry = await store.get(keyOf(organization, outboxId));
  return entry === null ? null : codec.decode(entry.value);
}
