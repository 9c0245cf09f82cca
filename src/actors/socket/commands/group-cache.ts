import type { GroupMetadata } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import type { Group } from '../../../domain/group.ts';

/** Groups kept for one connection. */
const maxGroups = 500;

/**
 * Group metadata of one connection, so that a send to a group needs no query first. Any notification about a group
 * refreshes it; the least recently used groups are evicted.
 */
export class GroupCache {
  readonly #fetch: (jid: string) => Promise<GroupMetadata>;
  readonly #onGroup: (group: Group) => void;
  readonly #groups = new LRUCache<string, Promise<GroupMetadata>>({ max: maxGroups });

  /** @param onGroup called with every group that was fetched */
  constructor(fetch: (jid: string) => Promise<GroupMetadata>, onGroup: (group: Group) => void) {
    this.#fetch = fetch;
    this.#onGroup = onGroup;
  }

  /** Rejects when WhatsApp does not know the group, or does not disclose it to this number. */
  get(jid: string): Promise<GroupMetadata> {
    return this.#groups.get(jid) ?? this.refresh(jid);
  }

  /** Fetches the group from WhatsApp. */
  refresh(jid: string): Promise<GroupMetadata> {
    const fetching = this.#fetch(jid).then((metadata) => {
      this.#onGroup(toGroup(metadata));
      return metadata;
    });
    this.#groups.set(jid, fetching);
    fetching.catch(() => {
      if (this.#groups.get(jid) === fetching) this.#groups.delete(jid);
    });
    return fetching;
  }
}

/** Baileys' group metadata as a group of ours. */
export function toGroup(metadata: GroupMetadata): Group {
  return {
    jid: metadata.id,
    subject: metadata.subject,
    description: metadata.desc ?? null,
    owner: metadata.ownerPn ?? metadata.owner ?? null,
    isAnnounce: metadata.announce === true,
    isLocked: metadata.restrict === true,
    createdAt: metadata.creation === undefined ? null : metadata.creation * 1000,
    members: metadata.participants.map(({ id, lid, phoneNumber, admin }) => ({
      jid: phoneNumber ?? (id.endsWith('@s.whatsapp.net') ? id : null),
      lid: lid ?? (id.endsWith('@lid') ? id : null),
      role: admin ?? 'member',
    })),
  };
}
