import { LRUCache } from 'lru-cache';
import { refused } from '../../../domain/errors.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import { sessionMoved } from '../../../store/layers/fenced-store.ts';
import type { SessionOwners } from '../../../store/records/cluster/session-owners.ts';
import type { Membership } from '../membership/membership.ts';
import type { NotificationMessage, RemoteCommand, ResponseMessage } from './node-message.ts';
import type { NodeAddress, NodeRpc } from './node-rpc.ts';

/** Sessions of which the owner is remembered at most: those that were asked for last. */
const maxRemembered = 10_000;

export interface RemoteSessionsDeps {
  owners: Pick<SessionOwners, 'find'>;
  membership: Pick<Membership, 'incarnation' | 'isLiving' | 'known'>;
  courier: Pick<NodeRpc, 'ask' | 'tell'>;
}

/**
 * The sessions that are with other nodes. The node that has answered for one last is asked first, without a look into
 * the store: when it does not own the session any more, it says so.
 */
export class RemoteSessions {
  readonly #deps: RemoteSessionsDeps;
  readonly #lastOwners = new LRUCache<string, NodeAddress>({ max: maxRemembered });

  constructor(deps: RemoteSessionsDeps) {
    this.#deps = deps;
  }

  /** `elsewhere`: nobody has the session for sure, or this node has; nothing was done. */
  async ask(address: SessionAddress, command: RemoteCommand): Promise<ResponseMessage> {
    const last = this.#lastOwnerOf(address);
    const owner = last ?? (await this.ownerOf(address));
    if (owner === null) return 'elsewhere';
    if (last === null && !(await this.#deps.membership.isLiving(owner.incarnation))) return refused(sessionMoved);
    const result = await this.#askOwner(owner, address, command);
    if (result === 'untaken') return this.#notTakenBy(owner, address);
    return result === 'elsewhere' && last !== null ? this.ask(address, command) : result;
  }

  /** Lets the owner know something. */
  async tell(address: SessionAddress, notice: NotificationMessage['notice']): Promise<void> {
    const owner = await this.ownerOf(address);
    if (owner !== null) this.#deps.courier.tell(owner, address, notice);
  }

  /** Null when the session is this node's, or nobody's. */
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

  /** An owner that takes nothing is not waited for, unless somebody else has the session by now. */
  async #notTakenBy({ incarnation }: NodeAddress, address: SessionAddress): Promise<ResponseMessage> {
    const owner = await this.ownerOf(address);
    return owner?.incarnation === incarnation ? refused(sessionMoved) : 'elsewhere';
  }

  async #askOwner(
    owner: NodeAddress,
    address: SessionAddress,
    command: RemoteCommand,
  ): Promise<ResponseMessage | 'untaken'> {
    const result = await this.#deps.courier.ask(owner, address, command);
    this.#lastOwners.delete(address.session);
    if (typeof result !== 'string' && result.ok) this.#lastOwners.set(address.session, owner);
    return result;
  }
}
