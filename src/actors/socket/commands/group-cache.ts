import type { GroupMetadata } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../domain/clock.ts';
import type { Group } from '../../../domain/group.ts';
import { queryErrorCode } from '../baileys-error.ts';
import { GroupQueries } from './group-queries.ts';

/** Groups kept for one connection. */
const maxGroups = 500;

/** Changes of one group mostly come together: it is asked for once they have. A send asks at once. */
const settleMs = 500;

/** How often, and after how long, a changed group is asked for again when WhatsApp does not answer. */
const maxRetries = 3;
const retryMs = 30_000;

/** How long a query for all groups may take. */
const listTimeoutMs = 15_000;

export interface GroupCacheDeps {
  fetch: (jid: string) => Promise<GroupMetadata>;
  /** Called with every group that was fetched. */
  onGroup: (group: Group) => void;
  /** The number is no member of the group (any more), or the group does not exist. */
  onLeft: (jid: string) => void;
  /** Called with all groups that the number is in. */
  onList: (jids: string[]) => void;
  /** A changed group could not be fetched. */
  onError: (error: unknown) => void;
  clock: Pick<Clock, 'after'>;
}

/**
 * Group metadata of one connection, so that a send to a group needs no query first. Any notification about a group
 * refreshes it; the least recently used groups are evicted.
 */
export class GroupCache {
  readonly #deps: GroupCacheDeps;
  readonly #queries: GroupQueries;
  readonly #groups = new LRUCache<string, Promise<GroupMetadata>>({ max: maxGroups });
  /** The queries that are due for changed groups. */
  readonly #due = new Map<string, { cancel: () => void; isRetry: boolean }>();
  /** To be called when the query for all groups is answered. */
  #endListing: () => void = () => undefined;

  constructor(deps: GroupCacheDeps) {
    this.#deps = deps;
    this.#queries = new GroupQueries((jid) => this.#fetch(jid));
  }

  /** Rejects when WhatsApp does not know the group, or does not disclose it to this number. */
  get(jid: string): Promise<GroupMetadata> {
    return this.#groups.get(jid) ?? this.#ask(jid);
  }

  /** Fetches the group from WhatsApp. */
  refresh(jid: string): Promise<GroupMetadata> {
    this.forget(jid);
    return this.get(jid);
  }

  /** The next send to the group fetches it. */
  forget(jid: string): void {
    this.#groups.delete(jid);
  }

  /** What is known of the group is out of date: it is fetched soon, or by the next send. */
  changed(jid: string): void {
    this.forget(jid);
    this.#schedule(jid, settleMs, maxRetries);
  }

  /** The number was removed from the group. */
  left(jid: string): void {
    this.forget(jid);
    this.#queries.after(jid, () => this.#deps.onLeft(jid));
  }

  /** Somebody else asks for all groups; `listed` follows if that is answered. */
  listing(): void {
    this.#endListing();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(listTimeoutMs, resolve);
    this.#endListing = () => {
      cancel();
      resolve();
    };
    this.#queries.occupy(promise);
  }

  /** All groups that the number is in, as they are now. */
  listed(all: readonly GroupMetadata[]): void {
    this.#endListing();
    for (const metadata of all) {
      this.#groups.set(metadata.id, Promise.resolve(metadata));
      this.#deps.onGroup(toGroup(metadata));
    }
    this.#deps.onList(all.map(({ id }) => id));
  }

  /** Cancels what is due; for the end of the connection. */
  stop(): void {
    this.#endListing();
    for (const { cancel } of this.#due.values()) cancel();
    this.#due.clear();
  }

  #ask(jid: string): Promise<GroupMetadata> {
    const asked = this.#queries.ask(jid);
    this.#groups.set(jid, asked);
    asked.catch(() => {
      if (this.#groups.get(jid) === asked) this.#groups.delete(jid);
    });
    return asked;
  }

  async #fetch(jid: string): Promise<GroupMetadata> {
    try {
      const metadata = await this.#deps.fetch(jid);
      this.#deps.onGroup(toGroup(metadata));
      return metadata;
    } catch (error) {
      if (isNotMember(error)) this.#deps.onLeft(jid);
      throw error;
    }
  }

  #schedule(jid: string, ms: number, retries: number): void {
    const due = this.#due.get(jid);
    if (due?.isRetry === false) return;
    due?.cancel();
    const cancel = this.#deps.clock.after(ms, () => {
      this.#due.delete(jid);
      this.get(jid).catch((error: unknown) => this.#onFailure(jid, error, retries));
    });
    this.#due.set(jid, { cancel, isRetry: retries < maxRetries });
  }

  #onFailure(jid: string, error: unknown, retries: number): void {
    if (isNotMember(error)) return;
    this.#deps.onError(error);
    if (retries > 0 && !this.#due.has(jid)) this.#schedule(jid, retryMs, retries - 1);
  }
}

/** Whether WhatsApp refused a query as it does for a group that the number is not in, or that does not exist. */
export function isNotMember(error: unknown): boolean {
  const code = queryErrorCode(error);
  return code === 401 || code === 403 || code === 404;
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
