import { GatewayError } from '../../domain/errors.ts';
import { untilApplied } from '../compare-and-set.ts';
import type { Commit, CommitResult } from '../contract.ts';
import { sessionKey } from '../record-kinds.ts';
import { sessionMoved, sessionOf } from './fenced-store.ts';
import { ForwardingStore } from './forwarding-store.ts';

/**
 * The store as a node writes to it for a session that it has lost, what it must not keep to itself: each commit is
 * applied whoever owns the session, and rejects with {@link sessionMoved} when the session does not exist any more. So
 * only what is right beside anything that the owner writes at the same time may be written like this.
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
