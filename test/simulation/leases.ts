import { pino } from 'pino';
import { NodeOwnership } from '../../src/actors/cluster/membership/node-ownership.ts';
import type { ScheduleTimer } from '../../src/domain/clock.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import type { Commit, CommitResult, Key, Store } from '../../src/store/contract.ts';
import type { GatewayStore } from '../../src/store/gateway-store.ts';
import { isMoved } from '../../src/store/layers/fenced-store.ts';
import { leaseMs, nodeLeases, nodesPrefix } from '../../src/store/records/cluster/node-leases.ts';
import { type Owner, sessionOwners } from '../../src/store/records/cluster/session-owners.ts';
import { Prng } from './prng.ts';
import { Memory, MemoryStore } from './world/memory-store.ts';

const address = { organization: 'acme', session: 's' };
const owned: Key = ['acme', 'rate', 's'];
const steps = 60;
const hourMs = 3_600_000;

/** How long a node may rely on its lease after it was renewed. */
const reliedOnMs = leaseMs - 2_000;

/** What became of a schedule. */
export interface Played {
  /** What nodes did that they must not, a sentence for each. */
  faults: string[];
  /** How often a session came to a node, and how often a node was kept from writing because it had lost it. */
  takeovers: number;
  fenced: number;
  /** How often a node began to drain. */
  drains: number;
}

/** Time for all nodes; each sees it by a wall clock of its own, and none while it is stopped. */
class World {
  now = 10 * hourMs;
  readonly memory = new Memory();
  readonly faults: string[] = [];
  fenced = 0;
  drains = 0;
  #newest: Owner | null = null;
  readonly #holders = new Map<number, string>();

  get takeovers(): number {
    return this.#holders.size;
  }

  /** Looks at the owner's record after each commit. */
  check(owner: Owner | null): void {
    if (owner === null) return;
    if (this.#newest !== null && owner.epoch < this.#newest.epoch) this.faults.push('the fence has fallen');
    this.#newest = owner;
    if (owner.incarnation === null) return;
    const holder = this.#holders.get(owner.epoch) ?? owner.incarnation;
    this.#holders.set(owner.epoch, holder);
    if (holder !== owner.incarnation) this.faults.push(`two nodes hold the epoch ${owner.epoch}`);
  }
}

/** A process that may be stopped and continued, on a store that fails at times. */
class SimulatedNode {
  readonly #world: World;
  readonly #timers = new Set<{ at: number; run: () => void }>();
  readonly #skewMs: number;
  readonly #name: string;
  readonly #prng: Prng;
  readonly #store: GatewayStore;
  /** Until when the lease holds for sure. */
  #heldUntil = 0;
  /** Of the operator, that it is to end. */
  #signal: 'none' | 'pending' = 'none';
  ownership: NodeOwnership;
  state: 'running' | 'stopped' = 'running';
  storeState: 'working' | 'refusing' | 'silent' = 'working';

  constructor(world: World, name: string, prng: Prng) {
    this.#world = world;
    this.#skewMs = Math.floor((prng.roll() - 0.5) * 2 * hourMs);
    this.#store = this.#shaken(new MemoryStore({ memory: world.memory, now: () => world.now }));
    this.#name = name;
    this.#prng = prng;
    this.ownership = this.#newOwnership();
  }

  /** Runs what is due, unless the process is stopped. */
  wake(): void {
    if (this.state === 'stopped') return;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#world.now)) {
      this.#timers.delete(timer);
      timer.run();
    }
  }

  async claim(): Promise<void> {
    const candidate = this.ownership.candidate();
    if (candidate === null) return;
    const records = sessionOwners(this.#store, () => this.#world.now + this.#skewMs);
    const found = await records.find(address);
    const living = await nodeLeases(this.#store).living();
    if (living.some((node) => node.incarnation === found?.owner.incarnation)) return;
    const version = await records.acquire(address, found, candidate);
    this.#world.check((await records.find(address))?.owner ?? null);
    if (version !== null) this.ownership.ownedSessions.add(address, version, candidate.incarnation);
  }

  async release(): Promise<void> {
    const records = sessionOwners(this.#store, () => this.#world.now + this.#skewMs);
    const version = this.ownership.ownedSessions.beginLeaving(address);
    if (version === null) return;
    this.ownership.ownedSessions.remove(address);
    await records.release(address, version, null);
    this.#world.check((await records.find(address))?.owner ?? null);
  }

  /** Lets the process know that it is to end: first it drains, then, when it is told once more, it is replaced. */
  endSoon(): void {
    if (this.#signal === 'pending') return;
    this.#signal = 'pending';
    this.#delay(Math.floor(this.#prng.roll() * 4_000), () => void this.#end());
  }

  async #end(): Promise<void> {
    await attempt(() => (this.ownership.membership.state === 'running' ? this.#drain() : this.#replace()));
    this.#signal = 'none';
  }

  async #drain(): Promise<void> {
    this.#world.drains += 1;
    await this.ownership.membership.beginDraining();
  }

  /** The process ends in good order, and another one takes its place. */
  async #replace(): Promise<void> {
    await attempt(() => this.release());
    await attempt(() => this.ownership.membership.leave());
    this.#timers.clear();
    this.storeState = 'working';
    this.ownership = this.#newOwnership();
    await this.ownership.membership.start();
  }

  #newOwnership(): NodeOwnership {
    return new NodeOwnership({
      store: this.#store,
      nodeId: this.#name,
      clock: { now: () => this.#world.now, after: this.#delay },
      delay: this.#delay,
      random: () => this.#prng.roll(),
      // The only error that a lease reports is its end.
      logger: pino({ level: 'error' }, { write: () => this.#onLeaseOver() }),
    });
  }

  #onLeaseOver(): void {
    const leftMs = this.#heldUntil - this.#world.now;
    if (leftMs > 0) this.#world.faults.push(`a lease was given up ${leftMs} ms before its time`);
  }

  /** Writes as the owner does. What is accepted must be the write of who the record names. */
  async write(): Promise<void> {
    const { incarnation } = this.ownership.membership;
    const { ok } = await this.ownership.store
      .commit({ sets: [{ key: owned, value: new Uint8Array() }] })
      .catch((error: unknown) => this.#refused(error));
    const owner = (await sessionOwners(this.#store, () => this.#world.now).find(address))?.owner;
    if (ok && owner?.incarnation !== incarnation) this.#world.faults.push('a write was accepted under an old epoch');
  }

  #refused(error: unknown): { ok: boolean } {
    if (!isMoved(error)) throw error;
    this.#world.fenced += 1;
    return { ok: false };
  }

  readonly #delay: ScheduleTimer = (ms, run) => {
    const timer = { at: this.#world.now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  #shaken(inner: Store): GatewayStore {
    const apply = inner.commit.bind(inner);
    const commit = async (changes: Commit): Promise<CommitResult> => {
      if (this.storeState === 'refusing') throw new GatewayError({ code: 'unavailable', message: 'refused' });
      const result = await apply(changes);
      if (this.storeState === 'silent') throw new GatewayError({ code: 'unavailable', message: 'no answer' });
      if (result.ok && changes.sets?.some(({ key }) => isLease(key))) this.#heldUntil = this.#world.now + reliedOnMs;
      return result;
    };
    const rest = { checkKeys: async () => undefined, shred: async () => undefined, forgetKeys: () => undefined };
    const health = { state: 'working' as const, onChange: () => undefined };
    return Object.assign(inner, { commit, health, ...rest });
  }
}

/** Plays one schedule of joining, claiming, releasing, writing, draining, pausing and waiting; yields what went wrong. */
export async function playLeases(seed: number): Promise<Played> {
  const prng = new Prng(seed);
  const world = new World();
  const nodes = ['a', 'b', 'c'].map((name) => new SimulatedNode(world, name, prng));
  for (const node of nodes) await attempt(() => node.ownership.membership.start());
  for (let step = 0; step < steps && world.faults.length === 0; step += 1) {
    const node = nodes[Math.floor(prng.roll() * nodes.length)];
    if (node === undefined) throw new Error('there are no nodes');
    await act(node, prng);
    world.now += prng.roll() < 0.3 ? 0 : Math.floor(prng.roll() * 4_000);
    for (const each of nodes) each.wake();
    await new Promise(setImmediate);
    const holders = nodes.filter(({ ownership }) => ownership.ownedSessions.versionOf(address) !== null);
    if (holders.length > 1) world.faults.push(`${holders.length} nodes hold the session at once`);
  }
  const { faults, takeovers, fenced, drains } = world;
  return { faults, takeovers, fenced, drains };
}

async function act(node: SimulatedNode, prng: Prng): Promise<void> {
  const roll = prng.roll();
  if (roll < 0.1) node.state = node.state === 'running' ? 'stopped' : 'running';
  else if (roll < 0.2)
    node.storeState = node.storeState === 'working' ? (prng.roll() < 0.5 ? 'refusing' : 'silent') : 'working';
  if (node.state === 'stopped') return;
  if (roll < 0.55) await attempt(() => node.claim());
  else if (roll < 0.65) await attempt(() => node.release());
  else if (roll < 0.7) node.endSoon();
  else await attempt(() => node.write());
}

function isLease([partition, kind]: Key): boolean {
  return partition === nodesPrefix[0] && kind === nodesPrefix[1];
}

/** A store that refuses or does not answer is part of the run, no failure of the node. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
}
