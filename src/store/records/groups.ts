import { type Group, type GroupRecord, GroupRecordSchema } from '../../domain/group.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Key, SetEntry, Store } from '../contract.ts';
import { sessionKey } from '../record-kinds.ts';
import { unlessUnreadable } from '../unreadable-value.ts';
import { jsonCodec } from './codec.ts';
import { recordsBelow } from './record-scan.ts';

const codec = jsonCodec('group', GroupRecordSchema);

/** The groups of a session as they were last seen. */
export interface GroupRecords {
  find(address: SessionAddress, jid: string): Promise<GroupRecord | null>;
}

export function groupRecords(store: Store): GroupRecords {
  return { find: (address, jid) => findGroup(store, address, jid) };
}

/** Null for a group that was not seen yet, or whose record is unreadable. */
export async function findGroup(store: Store, address: SessionAddress, jid: string): Promise<GroupRecord | null> {
  const entry = await store.get(groupKey(address, jid));
  return entry === null ? null : unlessUnreadable(null, () => codec.decode(entry.value));
}

/** All readable groups of a session. */
export function storedGroups(store: Store, address: SessionAddress): AsyncGenerator<GroupRecord> {
  return recordsBelow(store, sessionKey(address, 'group'), { decode: ({ value }) => codec.decode(value) });
}

/** A group as seen now; `before` is its stored record. */
export function groupEntry(address: SessionAddress, group: Group, before: GroupRecord | null, now: number): SetEntry {
  const record: GroupRecord = { group, firstSeenAt: before?.firstSeenAt ?? now, updatedAt: now };
  return { key: groupKey(address, group.jid), value: codec.encode(record) };
}

export function groupKey(address: SessionAddress, jid: string): Key {
  return sessionKey(address, 'group', jid);
}
