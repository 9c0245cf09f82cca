import { GatewayError, type Refusal } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Commit, CommitResult, Key } from '../contract.ts';
import type { GatewayStore } from '../gateway-store.ts';
import { kindOf, type PartOfSession, sessionKey } from '../record-kinds.ts';
import { ForwardingGatewayStore } from './forwarding-store.ts';

/** The sessions that this node may write for. */
export interface Fences {
  /** The version of the owner's record under which it owns a session; null when it does not, or not for sure. */
  versionOf(address: SessionAddress): string | null;
  /** Another node has taken the session that was owned under that version. */
  lost(address: SessionAddress, version: string): void;
}

/** The refusal of a write for a session that another node owns now. */
export const sessionMoved: Refusal = {
  code: 'unavailable',
  message: 'the session is moving to another node; try again shortly',
  details: { reason: 'session_moving' },
  retryAfterMs: 2_000,
};

export function isMoved(error: unknown): boolean {
  return error instanceof GatewayError && error.refusal.details?.['reason'] === sessionMoved.details?.['reason'];
}

/**
 * The store as the owners of sessions write to it: each commit is applied only while this node owns the session that it
 * is about, and rejects with {@link sessionMoved} otherwise. Reads are not checked.
 */
export class FencedStore extends ForwardingGatewayStore {
  readonly #fences: Fences;

  constructor(inner: GatewayStore, fences: Fences) {
    super(inner);
    this.#fences = fences;
  }

  override async commit(commit: Commit): Promise<CommitResult> {
    const address = sessionOf(commit);
    if (address === null) return this.inner.commit(commit);
    const fence = { key: sessionKey(address, 'owner'), version: this.#fenceOf(address) };
    const result = await this.inner.commit({ ...commit, checks: [...(commit.checks ?? []), fence] });
    if (!result.ok) await this.#refuseWhenLost(address, fence.version);
    return result;
  }

  override async shred(address: SessionAddress, part: PartOfSession, permit?: () => Promise<void>): Promise<void> {
    const version = this.#fenceOf(address);
    // Data keys are in another partition, where a commit cannot check the fence. The next owner's key differs from the
    // one that is found before `permit` is called, so it stays.
    await this.inner.shred(address, part, async () => {
      await this.#refuseWhenLost(address, version);
      await permit?.();
    });
  }

  #fenceOf(address: SessionAddress): string {
    const version = this.#fences.versionOf(address);
    if (version === null) throw new GatewayError(sessionMoved);
    return version;
  }

  /** A conflict does not say which check failed. */
  async #refuseWhenLost(address: SessionAddress, version: string): Promise<void> {
    const owner = await this.inner.get(sessionKey(address, 'owner'));
    if (owner?.version === version) return;
    this.#fences.lost(address, version);
    throw new GatewayError(sessionMoved);
  }
}

/** The session that a commit is about; null when it is about none. */
export function sessionOf({ checks = [], sets = [], deletes = [] }: Commit): SessionAddress | null {
  const keys: Key[] = [...sets.map(({ key }) => key), ...deletes, ...checks.map(({ key }) => key)];
  for (const key of keys) {
    const [organization, , session] = key;
    if (kindOf(key)?.writer === 'owner' && session !== undefined) return { organization, session };
  }
  return null;
}
