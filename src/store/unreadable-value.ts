import type { Key } from './contract.ts';

/** Why a value cannot be read. Each such value is reported when it is met, so a reader may skip it. */
export type Fault = 'damaged' | 'unknown_form';

/** A stored value cannot be read, and retrying does not help. */
export class UnreadableValueError extends Error {}

/** A stored value cannot be decrypted: it is corrupt, was moved, or its data key is gone. */
export class UndecryptableValueError extends UnreadableValueError {
  constructor(options?: ErrorOptions) {
    super('a stored value cannot be decrypted', options);
    this.name = 'DamagedValueError';
  }
}

/** A stored value was decrypted, but this release does not know its form. A newer one may have written it. */
export class UnknownFormError extends UnreadableValueError {
  constructor(what: string, options: ErrorOptions) {
    super(`the stored ${what} has a form that this release does not know`, options);
    this.name = 'UnknownFormError';
  }
}

/** How to report a decrypted value, for a reader that then does not know its form. */
const reporters = new WeakMap<Uint8Array, () => void>();

/** Attaches to a value how to report it. */
export function reportable(value: Uint8Array, report: () => void): Uint8Array {
  reporters.set(value, report);
  return value;
}

/** Reports the place of a value, if a store has attached how. */
export function reportUnknownForm(value: Uint8Array): void {
  reporters.get(value)?.();
}

/** The result of `read`, or the fallback when the stored value is unreadable. */
export async function unlessUnreadable<T, const F>(fallback: F, read: () => T | Promise<T>): Promise<T | F> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableValueError) return fallback;
    throw error;
  }
}

/** How many unreadable values a process reports at most. */
const maxReported = 1_000;

/** Reports each unreadable value once. */
export class UnreadableReport {
  readonly #report: (key: Key, fault: Fault) => void;
  readonly #reported = new Set<string>();

  constructor(report: (key: Key, fault: Fault) => void) {
    this.#report = report;
  }

  add(key: Key, fault: Fault, detail = ''): void {
    const name = `${fault}\0${key.join('\0')}\0${detail}`;
    if (this.#reported.has(name) || this.#reported.size >= maxReported) return;
    this.#reported.add(name);
    this.#report(key, fault);
  }
}
