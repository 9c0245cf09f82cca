import { AsyncLocalStorage } from 'node:async_hooks';

/** Whoever must be ended when something running on its behalf throws where nobody can catch it. */
export interface ErrorDomainOwner {
  crashed(error: unknown): void;
}

const owners = new AsyncLocalStorage<ErrorDomainOwner>();

/**
 * Runs something whose later callbacks, timers and promises belong to an owner. Baileys throws and rejects in places
 * that no caller can reach (a corrupt frame is an unhandled rejection); this is how the socket behind it is found.
 */
export function runInErrorDomain<T>(owner: ErrorDomainOwner, run: () => T): T {
  return owners.run(owner, run);
}

/**
 * Handles what nobody caught, for the whole process: a crash with a known owner ends that owner, any other is a fault
 * of ours and goes to `onStray`, after which the process must not go on.
 */
export function containCrashes(onStray: (error: unknown) => void): void {
  const handle = (error: unknown): void => {
    const owner = owners.getStore();
    if (owner === undefined) onStray(error);
    else owner.crashed(error);
  };
  process.on('unhandledRejection', handle);
  process.on('uncaughtException', handle);
}
