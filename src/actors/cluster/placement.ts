import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import { type ScheduleTimer, sleep } from '../../domain/clock.ts';
import { errorFacts } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Node } from '../../store/records/cluster/node-leases.ts';
import type { OwnerEntry, SessionOwners } from '../../store/records/cluster/session-owners.ts';
import type { Sessions } from '../../store/records/sessions.ts';
import type { Membership } from './membership/membership.ts';
import type { OwnedSessions } from './membership/owned-sessions.ts';

const intervalMs = 1_000;

/** How long a node looks around before it takes its first sessions, so that nodes that start together share them. */
const lookAroundMs = 1_500;

/** How soon the next session is moved away from a node that has more than its share. */
const rebalanceMs = 10_000;

/** How long a released session is left to the node that it was released for. */
const heirMs = 3_000;

/** Sessions that are taken at a time at most, and those of them that connect: no more than may log in meanwhile. */
const maxTaken = 100;
const maxConnecting = 10;

/** Sessions whose owners are looked up at a time. */
const pageSize = 500;

export interface PlacementDeps {
  sessions: Pick<Sessions, 'addresses'>;
  owners: Pick<SessionOwners, 'findMany'>;
  membership: Membership;
  holdings: OwnedSessions;
  /** Takes a session, if it still is to be had; `connecting` when it logs in now. */
  claim: (address: SessionAddress, found: OwnerEntry | null) => Promise<'lost' | 'resting' | 'connecting'>;
  /** The session that is best moved to another node; null when none is. */
  idlest: () => SessionAddress | null;
  handOver: (address: SessionAddress, heir: Node) => Promise<void>;
  /** A session that is held does not exist any more. */
  onDeleted: (address: SessionAddress) => void;
  clock: Clock;
  delay: ScheduleTimer;
  /** In [0, 1). */
  random: () => number;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Logger;
}

interface Free {
  address: SessionAddress;
  found: OwnerEntry | null;
}

/**
 * Sees to it that every session has an owner, and that the nodes have equal shares. Each node looks by itself: it takes
 * free sessions, in an order of its own, until it has its share, and gives one away at times while it has more.
 */
export class Placement {
  readonly #deps: PlacementDeps;
  readonly #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #rebalancedAt: number;
  /** How long it took last to find out which sessions are free. */
  #lookedMs = 0;

  constructor(deps: PlacementDeps) {
    this.#deps = deps;
    this.#rebalancedAt = deps.clock.now();
  }

  start(): void {
    this.#running = this.#run();
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { delay, logger, random } = this.#deps;
    const { signal } = this.#ending;
    let waitMs = lookAroundMs;
    while (!signal.aborted) {
      await sleep(delay, waitMs * (1 + random() / 5), signal);
      if (!signal.aborted) {
        await this.#round().catch((error: unknown) => {
          logger.debug(errorFacts(error), 'sessions could not be placed at the moment');
        });
      }
      // Looking around, when it takes long, is not to be all that the store does. What is taken was wanted.
      waitMs = Math.max(intervalMs, 5 * this.#lookedMs);
    }
  }

  async #round(): Promise<void> {
    const { membership, holdings, clock } = this.#deps;
    const nodes = (await membership.living()).filter(({ state }) => state === 'running');
    if (!membership.isValid || nodes.length === 0) return;
    const begunAt = clock.now();
    const { total, free } = await this.#census();
    this.#lookedMs = clock.now() - begunAt;
    const share = Math.ceil(total / nodes.length);
    await this.#take(shuffled(free, this.#deps.random), share - holdings.size);
    await this.#rebalance(nodes, Math.floor(total / nodes.length));
  }

  /** How many sessions there are, and which have no owner that lives. */
  async #census(): Promise<{ total: number; free: Free[] }> {
    const held = this.#deps.holdings.addresses();
    const addresses = await Array.fromAsync(this.#deps.sessions.addresses());
    const existing = new Set(addresses.map(({ session }) => session));
    for (const address of held) if (!existing.has(address.session)) this.#deps.onDeleted(address);
    const free: Free[] = [];
    for (let at = 0; at < addresses.length; at += pageSize) {
      const page = addresses.slice(at, at + pageSize);
      const found = await this.#deps.owners.findMany(page);
      for (const [index, address] of page.entries()) {
        const entry = found[index] ?? null;
        if (this.#isFree(address, entry)) free.push({ address, found: entry });
      }
    }
    return { total: addresses.length, free };
  }

  #isFree(address: SessionAddress, entry: OwnerEntry | null): boolean {
    if (entry === null) return true;
    const { known, incarnation: self } = this.#deps.membership;
    const { incarnation, heir, at } = entry.owner;
    // Taken by a commit whose answer was lost.
    if (incarnation === self) return this.#deps.holdings.stateOf(address) === 'none';
    const lives = (one: string): boolean => known.some((node) => node.incarnation === one);
    if (incarnation !== null) return !lives(incarnation);
    // Clocks of nodes may differ; then an heir has more time or less, and nothing else.
    return heir === null || heir === self || !lives(heir) || this.#deps.now() - at > heirMs;
  }

  async #take(free: readonly Free[], room: number): Promise<void> {
    let connecting = 0;
    for (const { address, found } of free.slice(0, Math.max(0, Math.min(room, maxTaken)))) {
      if (connecting >= maxConnecting || !this.#deps.membership.isValid || this.#ending.signal.aborted) return;
      if ((await this.#deps.claim(address, found)) === 'connecting') connecting += 1;
    }
  }

  async #rebalance(nodes: readonly Node[], share: number): Promise<void> {
    const { clock, holdings, membership, idlest, handOver } = this.#deps;
    const others = nodes.filter(({ incarnation }) => incarnation !== membership.incarnation);
    const [emptiest] = others.toSorted((one, other) => one.sessions - other.sessions);
    const isDue = clock.now() - this.#rebalancedAt >= rebalanceMs;
    if (emptiest === undefined || !isDue || emptiest.sessions >= share || holdings.size <= share) return;
    if (holdings.size - emptiest.sessions < 2) return;
    this.#rebalancedAt = clock.now();
    const address = idlest();
    if (address !== null) await handOver(address, emptiest);
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, roll: random() }))
    .toSorted((one, other) => one.roll - other.roll)
    .map(({ item }) => item);
}
