import type { GroupMetadata } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import type { Group } from '../../domain/group.ts';

/** Groups kept for one connection. */
const maxGroups = 500;

/**
 * What a connection knows of its groups, so that a send to one need not ask WhatsApp first. Whatever WhatsApp says of
 * a group makes it be looked up anew; those that were not needed for longest are forgotten when there are too many.
 */
export class GroupCache {
  readonly #fetch: (jid: string) => Promise<GroupMetadata>;
  readonly #tell: (group: Group) => void;
  readonly #groups = new LRUCache<string, Promise<GroupMetadata>>({ max: maxGroups });

  constructor(fetch: (jid: string) => Promise<GroupMetadata>, tell: (group: Group) => void) {
    this.#fetch = fetch;
    this.#tell = tell;
  }

  /** The group; rejects when WhatsApp does not know it or does not tell us. */
  get(jid: string): Promise<GroupMetadata> {
    return this.#groups.get(jid) ?? this.refresh(jid);
  }

  /** Looks the group up and tells what was found. */
  refresh(jid: string): Promise<GroupMetadata> {
    const fetching = this.#fetch(jid).then((metadata) => {
      this.#tell(toGroup(metadata));
      return metadata;
    });
    this.#groups.set(jid, fetching);
    fetching.catch(() => {
      if (this.#groups.get(jid) === fetching) this.#groups.delete(jid);
    });
    return fetching;
  }
}

/** A group in our words. */
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
