import type { SessionAddress } from '../../../domain/session.ts';
import type { Fences } from '../../../store/layers/fenced-store.ts';

interface Holding {
  address: SessionAddress;
  /** Of the record that says so; see `store/records/cluster/session-owners.ts`. */
  version: string;
  /** The life of this node that it belongs to. */
  incarnation: string;
  /** `leaving`: it is being handed over, and takes nothing on any more. */
  state: 'held' | 'leaving';
}

export interface OwnedSessionsDeps {
  /** The life of this node whose sessions are its own for sure; null while it has no lease. */
  incarnation: () => string | null;
  /** A session turns out to be another node's. */
  onLost: (address: SessionAddress) => void;
}

/** The sessions that this node owns. */
export class OwnedSessions implements Fences {
  readonly #deps: OwnedSessionsDeps;
  readonly #holdings = new Map<string, Holding>();

  constructor(deps: OwnedSessionsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#holdings.size;
  }

  addresses(): SessionAddress[] {
    return [...this.#holdings.values()].map(({ address }) => address);
  }

  take(address: SessionAddress, version: string, incarnation: string): void {
    this.#holdings.set(address.session, { address, version, incarnation, state: 'held' });
  }

  /** Yields the version to release it under; null when it is not held, or leaving already. */
  beginLeaving({ session }: SessionAddress): string | null {
    const holding = this.#holdings.get(session);
    if (holding?.state !== 'held') return null;
    this.#holdings.set(session, { ...holding, state: 'leaving' });
    return holding.version;
  }

  stateOf({ session }: SessionAddress): Holding['state'] | 'none' {
    return this.#holdings.get(session)?.state ?? 'none';
  }

  drop({ session }: SessionAddress): void {
    this.#holdings.delete(session);
  }

  /** Drops what is held under that version; the session may have been taken anew since. */
  dropVersion({ session }: SessionAddress, version: string): boolean {
    return this.#holdings.get(session)?.version === version && this.#holdings.delete(session);
  }

  clear(): void {
    this.#holdings.clear();
  }

  versionOf({ session }: SessionAddress): string | null {
    const holding = this.#holdings.get(session);
    if (holding === undefined || holding.incarnation !== this.#deps.incarnation()) return null;
    return holding.version;
  }

  lost(address: SessionAddress, version: string): void {
    if (this.dropVersion(address, version)) this.#deps.onLost(address);
  }
}
