import { LRUCache } from 'lru-cache';
import { refused } from '../../../domain/errors.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import { sessionMoved } from '../../../store/layers/fenced-store.ts';
import type { SessionOwners } from '../../../store/records/cluster/session-owners.ts';
import type { Membership } from '../membership/membership.ts';
import type { NotificationMessage, RemoteCommand, ResponseMessage } from './node-message.ts';
import type { NodeAddress, NodeRpc } from './node-rpc.ts';

/** Sessions whose owner is remembered: the most recently requested ones. */
const maxRemembered = 10_000;

export interface RemoteSessionsDeps {
  owners: Pick<SessionOwners, 'find'>;
  membership: Pick<Membership, 'incarnation' | 'isLive' | 'known'>;
  rpc: Pick<NodeRpc, 'request' | 'notify'>;
}

/**
 * The sessions of other nodes. The node that answered last for a session is tried first, without a look-up in the store:
 * it answers `elsewhere` when it does not own the session any more.
 */
export class RemoteSessions {
  readonly #deps: RemoteSessionsDeps;
  readonly #lastOwners = new LRUCache<string, NodeAddress>({ max: maxRemembered });

  constructor(deps: RemoteSessionsDeps) {
    this.#deps = deps;
  }

  /** `elsewhere`: no other node certainly owns the session, and nothing was done. */
  async request(address: SessionAddress, command: RemoteCommand): Promise<ResponseMessage> {
    const last = this.#lastOwnerOf(address);
    const owner = last ?? (await this.ownerOf(address));
    if (owner === null) return 'elsewhere';
    if (last === null && !(await this.#deps.membership.isLive(owner.incarnation))) return refused(sessionMoved);
    const result = await this.#requestOwner(owner, address, command);
    if (result === 'notAccepted') return this.#notAcceptedBy(owner, address);
    return result === 'elsewhere' && last !== null ? this.request(address, command) : result;
  }

  /** Notifies the owner, if there is one; the notification may get lost. */
  async notify(address: SessionAddress, notice: NotificationMessage['notice']): Promise<void> {
    const owner = await this.ownerOf(address);
    if (owner !== null) this.#deps.rpc.notify(owner, address, notice);
  }

  /** The other node that owns the session; null when this node does, or none. */
  async ownerOf(address: SessionAddress): Promise<NodeAddress | null> {
    const found = await this.#deps.owners.find(address);
    const { incarnation = null, nodeId = null } = found?.owner ?? {};
    if (incarnation === null || nodeId === null || incarnation === this.#deps.membership.incarnation) return null;
    return { incarnation, nodeId };
  }

  #lastOwnerOf({ session }: SessionAddress): NodeAddress | null {
    const last = this.#lastOwners.get(session);
    if (last === undefined) return null;
    const isKnown = this.#deps.membership.known.some(({ incarnation }) => incarnation === last.incarnation);
    if (!isKnown) this.#lastOwners.delete(session);
    return isKnown ? last : null;
  }

  /** An owner that accepts no request is not waited for, unless the session has another owner by now. */
  async #notAcceptedBy({ incarnation }: NodeAddress, address: SessionAddress): Promise<ResponseMessage> {
    const owner = await this.ownerOf(address);
    return owner?.incarnation === incarnation ? refused(sessionMoved) : 'elsewhere';
  }

  async #requestOwner(
    owner: NodeAddress,
    address: SessionAddress,
    command: RemoteCommand,
  ): Promise<ResponseMessage | 'notAccepted'> {
    const result = await this.#deps.rpc.request(owner, address, command);
    this.#lastOwners.delete(address.session);
    if (typeof result !== 'string' && result.ok) this.#lastOwners.set(address.session, owner);
    return result;
  }
}
