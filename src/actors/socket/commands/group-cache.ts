import type { GroupMetadata } from '@whiskeysockets/baileys';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../domain/clock.ts';
import { ConcurrencyLimit } from '../../../domain/concurrency-limit.ts';
import type { Group } from '../../../domain/group.ts';
import { queryErrorCode } from '../baileys-error.ts';
import { JoinedQueries } from './joined-queries.ts';

/** Groups kept for one connection. */
const maxGroups = 500;

/** Queries about groups of one connection at the same time; WhatsApp refuses many at once with 429. */
const maxQueries = 2;

/** Changes of one group mostly come together: it is asked for once they have. A send asks at once. */
const settleMs = 500;

/** How often, and after how long, a changed group is asked for again when WhatsApp does not answer. */
const maxRetries = 3;
const retryMs = 30_000;

/** When so many groups are due, as after a long time offline, one query for all groups takes their place. */
const manyDue = 20;

/** Where all groups are asked for: the address of no group. */
const allGroups = '@g.us';

export interface GroupCacheDeps {
  fetch: (jid: string) => Promise<GroupMetadata>;
  /** All groups that the number is in. */
  list: () => Promise<readonly GroupMetadata[]>;
  /** Called with every group that was fetched alone. */
  onGroup: (group: Group) => void;
  /** The number is no member of the group (any more), or the group does not exist. */
  onLeft: (jid: string) => void;
  /** Called with all groups that the number is in. */
  onList: (groups: Group[]) => void;
  /** What has changed could not be fetched. */
  onError: (error: unknown) => void;
  clock: Pick<Clock, 'after'>;
}

/**
 * Group metadata of one connection, so that a send to a group needs no query first. Any notification about a group
 * refreshes it; the least recently used groups are evicted.
 */
export class GroupCache {
  readonly #deps: GroupCacheDeps;
  readonly #queries: JoinedQueries<GroupMetadata>;
  readonly #lists: JoinedQueries<void>;
  readonly #groups = new LRUCache<string, Promise<GroupMetadata>>({ max: maxGroups });
  /** The queries that are due for changed groups. */
  readonly #due = new Map<string, { cancel: () => void; isRetry: boolean }>();
  #isStopped = false;

  constructor(deps: GroupCacheDeps) {
    this.#deps = deps;
    const limit = new ConcurrencyLimit(maxQueries);
    this.#queries = new JoinedQueries(limit, (jid) => this.#fetch(jid));
    this.#lists = new JoinedQueries(limit, () => this.#list());
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
    this.#schedule(jid, () => this.get(jid));
  }

  /** What is known of any group may be out of date: all are fetched soon, by one query. */
  allChanged(): void {
    this.#schedule(allGroups, () => this.#lists.ask(allGroups));
  }

  /** The number was removed from the group. */
  left(jid: string): void {
    this.forget(jid);
    this.#queries.after(jid, () => this.#deps.onLeft(jid));
  }

  /** For the end of the connection: nothing is fetched by itself any more, and no failure is reported. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelDue();
  }

  #cancelDue(): void {
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

  async #list(): Promise<void> {
    const all = await this.#deps.list();
    for (const metadata of all) this.#groups.set(metadata.id, Promise.resolve(metadata));
    this.#deps.onList(all.map(toGroup));
  }

  #schedule(key: string, query: () => Promise<unknown>, retries = maxRetries): void {
    const due = this.#due.get(key);
    if (this.#isStopped || due?.isRetry === false) return;
    due?.cancel();
    const isRetry = retries < maxRetries;
    const cancel = this.#deps.clock.after(isRetry ? retryMs : settleMs, () => {
      if (this.#due.size >= manyDue) {
        this.#cancelDue();
        this.allChanged();
        return;
      }
      this.#due.delete(key);
      query().catch((error: unknown) => {
        if (this.#isStopped || (key !== allGroups && isNotMember(error))) return;
        this.#deps.onError(error);
        if (retries > 0 && !this.#due.has(key)) this.#schedule(key, query, retries - 1);
      });
    });
    this.#due.set(key, { cancel, isRetry });
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
