import { GatewayError } from '../../domain/errors.ts';
import { untilApplied } from '../compare-and-set.ts';
import type { Commit, CommitResult } from '../contract.ts';
import { sessionKey } from '../record-kinds.ts';
import { sessionMoved, sessionOf } from './fenced-store.ts';
import { ForwardingStore } from './forwarding-store.ts';

/**
 * The store for what a node still has to record of a session that it has lost. A commit is applied whichever node owns
 * the session, and rejects with {@link sessionMoved} when the session no longer exists. Use it only for what is correct
 * whatever the owner writes at the same time.
 */
export class UnfencedStore extends ForwardingStore {
  override async commit(commit: Commit): Promise<CommitResult> {
    const address = sessionOf(commit);
    if (address === null) return this.inner.commit(commit);
    const key = sessionKey(address, 'owner');
    const attempt = async (): Promise<CommitResult | undefined> => {
      const version = (await this.inner.get(key))?.version;
      if (version === undefined) throw new GatewayError(sessionMoved);
      const result = await this.inner.commit({ ...commit, checks: [...(commit.checks ?? []), { key, version }] });
      return result.ok || (await this.inner.get(key))?.version === version ? result : undefined;
    };
    return untilApplied(attempt, { exhausted: () => new GatewayError(sessionMoved) });
  }
}
