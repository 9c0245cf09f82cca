import { LRUCache } from 'lru-cache';
import type { ApiKeyRecord } from '../../../domain/api-key.ts';
import type { Key, Store } from '../../contract.ts';
import { keyIn } from '../../record-kinds.ts';
import { unlessUnreadable } from '../../unreadable-value.ts';
import { decodeText, encodeText } from '../text.ts';

/** A key that is used all the time is noted once in such a while. */
const intervalMs = 60_000;

/** Keys whose last note is remembered; one more is only noted more often. */
const maxRemembered = 10_000;

/** How long a last use can be seen. */
const retentionMs = 400 * 24 * 60 * 60_000;

/** When api keys were last used. Kept apart from the keys, so that noting a use never undoes a revocation. */
export class ApiKeyLastUsed {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #notedAt = new LRUCache<string, number>({ max: maxRemembered });

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** Nobody waits for it, and a store that cannot be written must not keep the key's bearer out. */
  note({ organization, id }: ApiKeyRecord): void {
    const now = this.#now();
    if (now - (this.#notedAt.get(id) ?? Number.NEGATIVE_INFINITY) < intervalMs) return;
    this.#notedAt.set(id, now);
    const value = encodeText(String(now));
    const noted = this.#store.commit({
      sets: [{ key: useKey(organization, id), value, expiresAt: now + retentionMs }],
    });
    noted.catch(() => this.#notedAt.delete(id));
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
