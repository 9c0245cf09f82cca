import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../../domain/clock.ts';
import { type ScheduleTimer, sleep } from '../../../domain/clock.ts';
import { errorFacts } from '../../../domain/errors.ts';
import { leaseMs, type Node, type NodeLeases } from '../../../store/records/cluster/node-leases.ts';

const renewMs = 3_000;
const retryMs = 500;

/** Safety margin between giving up ownership and the lease's expiry. */
const marginMs = 2_000;

export interface MembershipDeps {
  nodes: NodeLeases;
  nodeId: string;
  /** Other nodes encrypt their messages to this node with it. */
  publicKey: string;
  /** How many sessions this node owns. */
  sessions: () => number;
  /** Called when the lease is over by this node's own clock: it owns nothing any more. */
  onLost: () => void;
  /** Monotonic. It advances while the process is stopped, but not while the whole machine is suspended. */
  clock: Clock;
  delay: ScheduleTimer;
  /** In [0, 1). */
  random: () => number;
  logger: Logger;
}

/**
 * This node's lease. It covers all sessions of the node, so a thousand sessions cost no more than one. An expired lease
 * is never renewed: the node joins again under a new incarnation.
 */
export class Membership {
  readonly #deps: MembershipDeps;
  readonly #ending = new AbortController();
  #node: Node;
  #lease = new AbortController();
  #validUntil = Number.NEGATIVE_INFINITY;
  #cancelExpiry: () => void = () => undefined;
  #known: readonly Node[] = [];
  #running: Promise<void> = Promise.resolve();
  /** Settles when the last write of this node's lease is answered. */
  #written: Promise<unknown> = Promise.resolve();

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
    const { nodeId, publicKey } = deps;
    this.#node = { incarnation: randomUUID(), nodeId, state: 'running', sessions: 0, publicKey };
    this.#lease.abort();
  }

  get incarnation(): string {
    return this.#node.incarnation;
  }

  get nodeId(): string {
    return this.#deps.nodeId;
  }

  get state(): Node['state'] {
    return this.#node.state;
  }

  /** Whether the lease certainly holds, so that this node owns its sessions. */
  get isValid(): boolean {
    return this.#deps.clock.now() < this.#validUntil;
  }

  /** The live nodes, as of the last look-up. */
  get known(): readonly Node[] {
    return this.#known;
  }

  /** Obtains the first lease, and keeps one from then on. Rejects when the store does. */
  async start(): Promise<void> {
    await this.#join();
    this.#running = this.#run();
  }

  /** Looks the live nodes up. Rejects when the store does. */
  async liveNodes(): Promise<readonly Node[]> {
    this.#known = await this.#deps.nodes.living();
    return this.#known;
  }

  /** A live node, from the last look-up or from a new one; null when there is none of that incarnation. */
  async find(incarnation: string): Promise<Node | null> {
    const isSame = (node: Node): boolean => node.incarnation === incarnation;
    return this.#known.find(isSame) ?? (await this.liveNodes()).find(isSame) ?? null;
  }

  /** Whether {@link find} finds the node. */
  async isLive(incarnation: string): Promise<boolean> {
    return (await this.find(incarnation)) !== null;
  }

  /** Acquires no more sessions. False when the other nodes cannot see that yet; they do after the next renewal. */
  async beginDraining(): Promise<boolean> {
    this.#node = { ...this.#node, state: 'draining' };
    return this.#renew();
  }

  async leave(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    await this.#inTurn(async () => {
      this.#cancelExpiry();
      this.#validUntil = Number.NEGATIVE_INFINITY;
      await this.#deps.nodes.leave(this.#node);
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#keep();
      if (signal.aborted) return;
      await this.#rejoin();
    }
  }

  /** Renews the lease until it is over. */
  async #keep(): Promise<void> {
    let waitMs = renewMs;
    const over = AbortSignal.any([this.#lease.signal, this.#ending.signal]);
    while (!over.aborted) {
      await sleep(this.#deps.delay, waitMs * (0.9 + this.#deps.random() / 10), over);
      if (!over.aborted) waitMs = (await this.#renew()) ? renewMs : retryMs;
    }
  }

  async #rejoin(): Promise<void> {
    const { delay, logger } = this.#deps;
    this.#node = { ...this.#node, incarnation: randomUUID(), sessions: 0 };
    while (!this.#ending.signal.aborted) {
      try {
        await this.#join();
        logger.info({ node: this.nodeId }, 'this node has a new lease');
        return;
      } catch {
        // The store's own health check reports the failure.
        await sleep(delay, retryMs, this.#ending.signal);
      }
    }
  }

  async #join(): Promise<void> {
    await this.#inTurn(async () => {
      const sentAt = this.#deps.clock.now();
      await this.#deps.nodes.join(this.#node);
      this.#lease = new AbortController();
      this.#extend(sentAt);
    });
    await this.liveNodes();
  }

  /** False when the store could not be reached. */
  #renew(): Promise<boolean> {
    return this.#inTurn(async () => {
      const sentAt = this.#deps.clock.now();
      this.#node = { ...this.#node, sessions: this.#deps.sessions() };
      try {
        if (await this.#deps.nodes.renew(this.#node)) this.#extend(sentAt);
        else this.#expire();
        return true;
      } catch (error) {
        this.#deps.logger.warn({ node: this.nodeId, ...errorFacts(error) }, 'lease of this node not renewed');
        return false;
      }
    });
  }

  /** Serializes writes: the answer to a renewal concerns the present lease, and an older state is never written last. */
  #inTurn<T>(write: () => Promise<T>): Promise<T> {
    const written = this.#written.then(write);
    this.#written = written.catch(() => undefined);
    return written;
  }

  #extend(sentAt: number): void {
    // Answered too late: ownership is given up already.
    if (this.#lease.signal.aborted) return;
    this.#cancelExpiry();
    this.#validUntil = sentAt + leaseMs - marginMs;
    const leftMs = this.#validUntil - this.#deps.clock.now();
    if (leftMs <= 0) this.#expire();
    else this.#cancelExpiry = this.#deps.delay(leftMs, () => this.#expire());
  }

  #expire(): void {
    if (this.#lease.signal.aborted) return;
    this.#cancelExpiry();
    this.#validUntil = Number.NEGATIVE_INFINITY;
    this.#lease.abort();
    this.#deps.logger.error({ node: this.nodeId }, 'lease of this node expired; it gives up its sessions');
    this.#deps.onLost();
  }
}
