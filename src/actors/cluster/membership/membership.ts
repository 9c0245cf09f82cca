import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../../domain/clock.ts';
import { type ScheduleTimer, sleep } from '../../../domain/clock.ts';
import { errorFacts } from '../../../domain/errors.ts';
import { leaseMs, type Node, type NodeLeases } from '../../../store/records/cluster/node-leases.ts';

const renewMs = 3_000;
const retryMs = 500;

/** How much sooner than its lease runs out a node lets go of everything. */
const marginMs = 2_000;

export interface MembershipDeps {
  nodes: NodeLeases;
  nodeId: string;
  /** With which others seal their letters to this node. */
  publicKey: string;
  /** Sessions that this node owns. */
  sessions: () => number;
  /** The lease is over, so that what this node owned is not its own any more: called at once, on its own clock. */
  onLost: () => void;
  /** Never set back; it goes on while the process is stopped, but not while the whole machine is suspended. */
  clock: Clock;
  delay: ScheduleTimer;
  /** In [0, 1). */
  random: () => number;
  logger: Logger;
}

/**
 * This node's lease: one for the node, not for each of its sessions, so that a thousand sessions cost no more than one.
 * A lease that has run out is never renewed; the node goes on under another incarnation.
 */
export class Membership {
  readonly #deps: MembershipDeps;
  readonly #ending = new AbortController();
  #node: Node;
  #lease = new AbortController();
  #validUntil = Number.NEGATIVE_INFINITY;
  #callOff: () => void = () => undefined;
  #living: readonly Node[] = [];
  #running: Promise<void> = Promise.resolve();
  /** Settled when what was last written about this node is answered. */
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

  /** Whether what this node owns is its own for sure. */
  get isValid(): boolean {
    return this.#deps.clock.now() < this.#validUntil;
  }

  /** The nodes that lived when that was last looked up. */
  get known(): readonly Node[] {
    return this.#living;
  }

  /** Begins the first lease; rejects when the store cannot be asked. From then on the node has one whenever it can. */
  async start(): Promise<void> {
    await this.#join();
    this.#running = this.#run();
  }

  /** Looks up who lives. */
  async living(): Promise<readonly Node[]> {
    this.#living = await this.#deps.nodes.living();
    return this.#living;
  }

  /** A node that lives, as far as is known; looked up again when it is not known. Null when it does not live. */
  async find(incarnation: string): Promise<Node | null> {
    const isIts = (node: Node): boolean => node.incarnation === incarnation;
    return this.#living.find(isIts) ?? (await this.living()).find(isIts) ?? null;
  }

  /** Whether a node lives, as {@link find} finds it. */
  async isLiving(incarnation: string): Promise<boolean> {
    return (await this.find(incarnation)) !== null;
  }

  /** Takes no more sessions from now on. Whether the others can see that already; else the next renewal shows it. */
  async beginDraining(): Promise<boolean> {
    this.#node = { ...this.#node, state: 'draining' };
    return this.#renew();
  }

  async leave(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    await this.#inTurn(async () => {
      this.#callOff();
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
        logger.info({ node: this.nodeId }, 'this node is back, with a new lease');
        return;
      } catch {
        // The store is watched elsewhere, and tells when it fails.
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
    await this.living();
  }

  /** Whether the store could be asked. */
  #renew(): Promise<boolean> {
    return this.#inTurn(async () => {
      const sentAt = this.#deps.clock.now();
      this.#node = { ...this.#node, sessions: this.#deps.sessions() };
      try {
        if (await this.#deps.nodes.renew(this.#node)) this.#extend(sentAt);
        else this.#expire();
        return true;
      } catch (error) {
        this.#deps.logger.warn({ node: this.nodeId, ...errorFacts(error) }, 'the lease of this node was not renewed');
        return false;
      }
    });
  }

  /** One at a time: the answer to a renewal is about the lease of now, and an older state is never written last. */
  #inTurn<T>(write: () => Promise<T>): Promise<T> {
    const written = this.#written.then(write);
    this.#written = written.catch(() => undefined);
    return written;
  }

  #extend(sentAt: number): void {
    // Answered too late: everything is let go of already.
    if (this.#lease.signal.aborted) return;
    this.#callOff();
    this.#validUntil = sentAt + leaseMs - marginMs;
    const leftMs = this.#validUntil - this.#deps.clock.now();
    if (leftMs <= 0) this.#expire();
    else this.#callOff = this.#deps.delay(leftMs, () => this.#expire());
  }

  #expire(): void {
    if (this.#lease.signal.aborted) return;
    this.#callOff();
    this.#validUntil = Number.NEGATIVE_INFINITY;
    this.#lease.abort();
    this.#deps.logger.error({ node: this.nodeId }, 'the lease of this node is over; it lets go of its sessions');
    this.#deps.onLost();
  }
}
