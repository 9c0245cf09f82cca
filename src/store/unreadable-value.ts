import type { Key } from './contract.ts';

/** Why a value cannot be read. Each such value is reported when it is met, so a reader may pass over it. */
export type Fault = 'damaged' | 'unknown_form';

/** What is stored under a key cannot be read, and will not be by trying again. */
export class UnreadableValueError extends Error {}

/**
 * What is stored under a key is not what was written there: it is damaged, was moved, or the key that it was sealed
 * with is gone. It never comes back by itself.
 */
export class UndecryptableValueError extends UnreadableValueError {
  constructor(options?: ErrorOptions) {
    super('a stored value cannot be opened', options);
    this.name = 'DamagedValueError';
  }
}

/** What is stored could be opened, but has a form that this release does not know. A newer one may have written it. */
export class UnknownFormError extends UnreadableValueError {
  constructor(what: string, options: ErrorOptions) {
    super(`the stored ${what} has a form that this release does not know`, options);
    this.name = 'UnknownFormError';
  }
}

/** How to report values that a store has opened, for a reader that then finds their form unknown. */
const reporters = new WeakMap<Uint8Array, () => void>();

/** Hands a value out together with how to report it. */
export function reportable(value: Uint8Array, report: () => void): Uint8Array {
  reporters.set(value, report);
  return value;
}

/** Reports a value by the place that it comes from, if a store has said how. */
export function reportUnknownForm(value: Uint8Array): void {
  reporters.get(value)?.();
}

/** What is read, or the fallback when the stored value is unreadable. */
export async function unlessUnreadable<T, const F>(fallback: F, read: () => T | Promise<T>): Promise<T | F> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableValueError) return fallback;
    throw error;
  }
}

/** How many unreadable values are reported in the life of a process: each is met again and again. */
const maxReported = 1_000;

/** Tells of each unreadable value once. */
export class UnreadableReport {
  readonly #tell: (key: Key, fault: Fault) => void;
  readonly #told = new Set<string>();

  constructor(tell: (key: Key, fault: Fault) => void) {
    this.#tell = tell;
  }

  add(key: Key, fault: Fault, detail = ''): void {
    const name = `${fault}\0${key.join('\0')}\0${detail}`;
    if (this.#told.has(name) || this.#told.size >= maxReported) return;
    this.#told.add(name);
    this.#tell(key, fault);
  }
}
