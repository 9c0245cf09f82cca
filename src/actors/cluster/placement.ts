import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import { type ScheduleTimer, sleep } from '../../domain/clock.ts';
import { errorFacts } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Node } from '../../store/records/cluster/node-leases.ts';
import type { OwnerEntry, SessionOwners } from '../../store/records/cluster/session-owners.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { Acquisition } from './handover.ts';
import type { Membership } from './membership/membership.ts';
import type { OwnedSessions } from './membership/owned-sessions.ts';

const intervalMs = 1_000;

/** Delay before a node's first scan, so that nodes that start together share the sessions. */
const firstScanMs = 1_500;

/** Interval between sessions handed over by a node that has more than its share. */
const rebalanceMs = 10_000;

/** How long a released session is reserved for its successor. */
const successorMs = 3_000;

/** Sessions acquired per round, and those of them that log in: no more than the login limiter admits meanwhile. */
const maxAcquired = 100;
const maxConnecting = 10;

/** Owners per look-up. */
const pageSize = 500;

export interface PlacementDeps {
  sessions: Pick<Sessions, 'addresses'>;
  owners: Pick<SessionOwners, 'findMany'>;
  membership: Membership;
  ownedSessions: OwnedSessions;
  /** Acquires a session if it is still free. */
  acquire: (address: SessionAddress, found: OwnerEntry | null) => Promise<Acquisition>;
  /** The session that a handover disturbs least; null when each is busy. */
  leastActive: () => SessionAddress | null;
  handOver: (address: SessionAddress, successor: Node) => Promise<void>;
  /** Called with an owned session whose record is gone. */
  onDeleted: (address: SessionAddress) => void;
  clock: Clock;
  delay: ScheduleTimer;
  /** In [0, 1). */
  random: () => number;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Logger;
}

interface FreeSession {
  address: SessionAddress;
  found: OwnerEntry | null;
}

/**
 * Ensures that every session has an owner, and balances the nodes. Each node decides alone: it acquires free sessions in
 * random order until it has its share, and hands one over every 10 s while it has more.
 */
export class Placement {
  readonly #deps: PlacementDeps;
  readonly #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #rebalancedAt: number;
  /** Duration of the last scan. */
  #scanMs = 0;

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
    let waitMs = firstScanMs;
    while (!signal.aborted) {
      await sleep(delay, waitMs * (1 + random() / 5), signal);
      if (!signal.aborted) {
        await this.#round().catch((error: unknown) => {
          logger.debug(errorFacts(error), 'session placement failed; retrying');
        });
      }
      // A slow scan is followed by a longer pause, so that it does not take up the store. Acquisitions are not counted.
      waitMs = Math.max(intervalMs, 5 * this.#scanMs);
    }
  }

  async #round(): Promise<void> {
    const { membership, ownedSessions, clock } = this.#deps;
    const nodes = (await membership.liveNodes()).filter(({ state }) => state === 'running');
    if (!membership.isValid || nodes.length === 0) return;
    const begunAt = clock.now();
    const { total, free } = await this.#scan();
    this.#scanMs = clock.now() - begunAt;
    const share = Math.ceil(total / nodes.length);
    await this.#acquire(shuffled(free, this.#deps.random), share - ownedSessions.size);
    await this.#rebalance(nodes, Math.floor(total / nodes.length));
  }

  /** Counts the sessions, and lists those without a live owner. */
  async #scan(): Promise<{ total: number; free: FreeSession[] }> {
    const owned = this.#deps.ownedSessions.addresses();
    const addresses = await Array.fromAsync(this.#deps.sessions.addresses());
    const existing = new Set(addresses.map(({ session }) => session));
    for (const address of owned) if (!existing.has(address.session)) this.#deps.onDeleted(address);
    const free: FreeSession[] = [];
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
    const { incarnation, heir: successor, at } = entry.owner;
    // Its own, and not hosted: the answer to the commit that acquired it was lost.
    if (incarnation === self) return this.#deps.ownedSessions.stateOf(address) === 'none';
    const isLive = (one: string): boolean => known.some((node) => node.incarnation === one);
    if (incarnation !== null) return !isLive(incarnation);
    // Clock skew between nodes only makes the successor's time longer or shorter.
    return successor === null || successor === self || !isLive(successor) || this.#deps.now() - at > successorMs;
  }

  async #acquire(free: readonly FreeSession[], room: number): Promise<void> {
    let connecting = 0;
    for (const { address, found } of free.slice(0, Math.max(0, Math.min(room, maxAcquired)))) {
      if (connecting >= maxConnecting || !this.#deps.membership.isValid || this.#ending.signal.aborted) return;
      if ((await this.#deps.acquire(address, found)) === 'connecting') connecting += 1;
    }
  }

  async #rebalance(nodes: readonly Node[], share: number): Promise<void> {
    const { clock, ownedSessions, membership, leastActive, handOver } = this.#deps;
    const others = nodes.filter(({ incarnation }) => incarnation !== membership.incarnation);
    const [smallest] = others.toSorted((one, other) => one.sessions - other.sessions);
    const isDue = clock.now() - this.#rebalancedAt >= rebalanceMs;
    if (smallest === undefined || !isDue || smallest.sessions >= share || ownedSessions.size <= share) return;
    if (ownedSessions.size - smallest.sessions < 2) return;
    this.#rebalancedAt = clock.now();
    const address = leastActive();
    if (address !== null) await handOver(address, smallest);
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, roll: random() }))
    .toSorted((one, other) => one.roll - other.roll)
    .map(({ item }) => item);
}
