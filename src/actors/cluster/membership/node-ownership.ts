import type { SessionAddress } from '../../../domain/session.ts';
import { MailboxKeys } from '../../../store/encryption/mailbox-keys.ts';
import type { GatewayStore } from '../../../store/gateway-store.ts';
import { FencedStore } from '../../../store/layers/fenced-store.ts';
import { nodeLeases } from '../../../store/records/cluster/node-leases.ts';
import type { OwnerCandidate } from '../../../store/records/cluster/session-owners.ts';
import { Membership, type MembershipDeps } from './membership.ts';
import { OwnedSessions } from './owned-sessions.ts';

export interface NodeOwnershipOptions extends Pick<MembershipDeps, 'nodeId' | 'clock' | 'delay' | 'random' | 'logger'> {
  store: GatewayStore;
}

/** What this node owns, for how long, and the store through which it writes as the owner. */
export class NodeOwnership {
  readonly membership: Membership;
  readonly holdings: OwnedSessions;
  /** With which letters between this node and others are sealed. */
  readonly letterKeys = new MailboxKeys();
  /** Refuses what is written for a session that is not this node's for sure. */
  readonly store: FencedStore;
  /** Called with each session that is this node's no longer, before anybody else can have it. */
  onEnd: (address: SessionAddress) => void = () => undefined;

  constructor({ store, ...options }: NodeOwnershipOptions) {
    this.holdings = new OwnedSessions({
      incarnation: () => (this.membership.isValid ? this.membership.incarnation : null),
      onLost: (address) => this.onEnd(address),
    });
    this.membership = new Membership({
      ...options,
      nodes: nodeLeases(store),
      publicKey: this.letterKeys.publicKey,
      sessions: () => this.holdings.size,
      onLost: () => this.#endAll(),
    });
    this.store = new FencedStore(store, this.holdings);
  }

  /** As whom this node may take sessions; null while it has no lease, when the others would find it dead, and at its end. */
  claimant(): OwnerCandidate | null {
    const { isValid, state, incarnation, nodeId } = this.membership;
    return isValid && state === 'running' ? { incarnation, nodeId } : null;
  }

  #endAll(): void {
    const addresses = this.holdings.addresses();
    this.holdings.clear();
    for (const address of addresses) this.onEnd(address);
  }
}
