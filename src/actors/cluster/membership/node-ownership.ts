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

/** This node's lease, the sessions that it owns, and the fenced store through which it writes as their owner. */
export class NodeOwnership {
  readonly membership: Membership;
  readonly ownedSessions: OwnedSessions;
  /** Encrypts the messages between this node and the others. */
  readonly mailboxKeys = new MailboxKeys();
  /** Refuses writes for a session that this node may not own. */
  readonly store: FencedStore;
  /** Called with each session that this node loses, before another node can acquire it. */
  onSessionLost: (address: SessionAddress) => void = () => undefined;

  constructor({ store, ...options }: NodeOwnershipOptions) {
    this.ownedSessions = new OwnedSessions({
      incarnation: () => (this.membership.isValid ? this.membership.incarnation : null),
      onLost: (address) => this.onSessionLost(address),
    });
    this.membership = new Membership({
      ...options,
      nodes: nodeLeases(store),
      publicKey: this.mailboxKeys.publicKey,
      sessions: () => this.ownedSessions.size,
      onLost: () => this.#loseAll(),
    });
    this.store = new FencedStore(store, this.ownedSessions);
  }

  /** As which owner this node may acquire sessions; null while it has no lease and while it drains. */
  candidate(): OwnerCandidate | null {
    const { isValid, state, incarnation, nodeId } = this.membership;
    return isValid && state === 'running' ? { incarnation, nodeId } : null;
  }

  #loseAll(): void {
    const addresses = this.ownedSessions.addresses();
    this.ownedSessions.clear();
    for (const address of addresses) this.onSessionLost(address);
  }
}
