import { AsyncLocalStorage } from 'node:async_hooks';

/** The owner of an error domain, which must end when work on its behalf throws where no caller can catch it. */
export interface ErrorDomainOwner {
  crashed(error: unknown): void;
}

const owners = new AsyncLocalStorage<ErrorDomainOwner>();

/**
 * Runs a function whose later callbacks, timers and promises belong to an owner. Baileys throws and rejects where no
 * caller can catch (a corrupt frame is an unhandled rejection); the domain attributes such an error to its socket.
 */
export function runInErrorDomain<T>(owner: ErrorDomainOwner, run: () => T): T {
  return owners.run(owner, run);
}

/**
 * Handles uncaught errors of the whole process: one in an error domain ends the owner of the domain. Any other is a bug
 * and goes to `onUncaught`, after which the process must end.
 */
export function containCrashes(onUncaught: (error: unknown) => void): void {
  const handle = (error: unknown): void => {
    const owner = owners.getStore();
    if (owner === undefined) onUncaught(error);
    else owner.crashed(error);
  };
  process.on('unhandledRejection', handle);
  process.on('uncaughtException', handle);
}
