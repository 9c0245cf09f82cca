import type { SessionAddress } from '../../../domain/session.ts';
import type { Fences } from '../../../store/layers/fenced-store.ts';

interface OwnedSession {
  address: SessionAddress;
  /** Version of the owner's record; see `store/records/cluster/session-owners.ts`. */
  version: string;
  /** Incarnation of this node under which it was acquired. */
  incarnation: string;
  /** `leaving`: it is being handed over, and accepts nothing any more. */
  state: 'owned' | 'leaving';
}

export interface OwnedSessionsDeps {
  /** The incarnation of this node while its lease certainly holds; null otherwise. */
  incarnation: () => string | null;
  /** Called when a write shows that another node owns the session. */
  onLost: (address: SessionAddress) => void;
}

/** The sessions that this node owns. */
export class OwnedSessions implements Fences {
  readonly #deps: OwnedSessionsDeps;
  readonly #sessions = new Map<string, OwnedSession>();

  constructor(deps: OwnedSessionsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#sessions.size;
  }

  addresses(): SessionAddress[] {
    return [...this.#sessions.values()].map(({ address }) => address);
  }

  add(address: SessionAddress, version: string, incarnation: string): void {
    this.#sessions.set(address.session, { address, version, incarnation, state: 'owned' });
  }

  /** Yields the version to release it under; null when it is not owned, or leaving already. */
  beginLeaving({ session }: SessionAddress): string | null {
    const owned = this.#sessions.get(session);
    if (owned?.state !== 'owned') return null;
    this.#sessions.set(session, { ...owned, state: 'leaving' });
    return owned.version;
  }

  stateOf({ session }: SessionAddress): OwnedSession['state'] | 'none' {
    return this.#sessions.get(session)?.state ?? 'none';
  }

  remove({ session }: SessionAddress): void {
    this.#sessions.delete(session);
  }

  /** Removes the session if it is still owned under that version: it may have been acquired again since. */
  removeVersion({ session }: SessionAddress, version: string): boolean {
    return this.#sessions.get(session)?.version === version && this.#sessions.delete(session);
  }

  clear(): void {
    this.#sessions.clear();
  }

  versionOf({ session }: SessionAddress): string | null {
    const owned = this.#sessions.get(session);
    if (owned === undefined || owned.incarnation !== this.#deps.incarnation()) return null;
    return owned.version;
  }

  lost(address: SessionAddress, version: string): void {
    if (this.removeVersion(address, version)) this.#deps.onLost(address);
  }
}
