import { LRUCache } from 'lru-cache';
import type { ApiKeyRecord } from '../../../domain/api-key.ts';
import type { Key, Store } from '../../contract.ts';
import { keyIn } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { decodeText, encodeText } from '../text.ts';

/** How often the use of a key is stored at most. */
const intervalMs = 60_000;

/** Keys whose last stored use is in memory; that of others is stored more often. */
const maxRemembered = 10_000;

/** How long a last use is kept. */
const retentionMs = 400 * 24 * 60 * 60_000;

/** When api keys were last used. Stored apart from the keys, so that storing a use never undoes a revocation. */
export class ApiKeyLastUsed {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #storedAt = new LRUCache<string, number>({ max: maxRemembered });

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** Stored in the background: a failing store must not reject the bearer of a valid key. */
  note({ organization, id }: ApiKeyRecord): void {
    const now = this.#now();
    if (now - (this.#storedAt.get(id) ?? Number.NEGATIVE_INFINITY) < intervalMs) return;
    this.#storedAt.set(id, now);
    const value = encodeText(String(now));
    const storing = this.#store.commit({
      sets: [{ key: useKey(organization, id), value, expiresAt: now + retentionMs }],
    });
    storing.catch(() => this.#storedAt.delete(id));
  }

  /** At most 1,000 records of one organization, each with its last use. */
  async withLastUse(
    organization: string,
    records: readonly ApiKeyRecord[],
  ): Promise<{ record: ApiKeyRecord; lastUsedAt: number | null }[]> {
    const entries = await this.#store.getMany(records.map(({ id }) => useKey(organization, id)));
    return Promise.all(
      records.map(async (record, index) => {
        const entry = entries[index] ?? null;
        const text = await unlessUnreadable(null, () => (entry === null ? null : decodeText(entry.value)));
        return { record, lastUsedAt: text === null ? null : Number(text) };
      }),
    );
  }
}

function useKey(organization: string, id: string): Key {
  return keyIn(organization, 'api-key-use', id);
}
