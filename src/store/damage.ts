import type { Key } from './contract.ts';

/**
 * What is stored under a key is not what was written there: it is damaged, was moved, or the key that it was sealed
 * with is gone. It never comes back by itself. The store reports each such value, so a reader may pass over it.
 */
export class DamagedValueError extends Error {
  constructor(options?: ErrorOptions) {
    super('a stored value cannot be opened', options);
    this.name = 'DamagedValueError';
  }
}

/** What is read, or the fallback when the stored value is damaged. */
export async function unlessDamaged<T, const F>(fallback: F, read: () => T | Promise<T>): Promise<T | F> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DamagedValueError) return fallback;
    throw error;
  }
}

/** How many damaged values are reported in the life of a process: each is met again and again. */
const maxReported = 1_000;

/** Tells of each damaged value once. */
export class DamageReport {
  readonly #tell: (key: Key) => void;
  readonly #told = new Set<string>();

  constructor(tell: (key: Key) => void) {
    this.#tell = tell;
  }

  add(key: Key, detail = ''): void {
    const name = `${key.join('\0')}\0${detail}`;
    if (this.#told.has(name) || this.#told.size >= maxReported) return;
    this.#told.add(name);
    this.#tell(key);
  }
}
