import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import { type ScheduleTimer, sleep } from '../../domain/clock.ts';
import { errorFacts } from '../../domain/errors.ts';
import { newRequestId } from '../../domain/ids.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { GatewayStore } from '../../store/gateway-store.ts';
import type { Node } from '../../store/records/cluster/node-leases.ts';
import type { OwnerEntry, SessionOwners } from '../../store/records/cluster/session-owners.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import { unlessUnreadable } from '../../store/unreadable-value.ts';
import type { InboundRecorder } from '../inbound/inbound-recorder.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { NodeOwnership } from './membership/node-ownership.ts';

/** When a node shuts down: sessions per wave, the time between waves, and when the rest is released at once. */
const waveSize = 10;
const waveMs = 500;
const wavesMs = 10_000;

/** How long, and how often, a node that shuts down looks for successors while the store does not answer. */
const successorsMs = 3_000;
const retryMs = 500;

/** How long a handover waits until the inbound events of the session are stored. */
const recordedMs = 3_000;

/** `lost`: another node has it, or it cannot be hosted here. `connecting`: it logs in now. */
export type Acquisition = 'lost' | 'inactive' | 'connecting';

export interface HandoverDeps {
  ownership: NodeOwnership;
  owners: SessionOwners;
  store: Pick<GatewayStore, 'forgetKeys'>;
  sessions: Pick<Sessions, 'find'>;
  supervisor: Pick<Supervisor, 'find' | 'dismiss' | 'bring'>;
  recorder: Pick<InboundRecorder, 'recorded'>;
  /** Notifies a node that a session was released for it. */
  offer: (address: SessionAddress, successor: Node) => void;
  clock: Clock;
  delay: ScheduleTimer;
  logger: Logger;
}

/** Moves sessions to this node and away from it. */
export class Handover {
  readonly #deps: HandoverDeps;
  /** Sessions whose acquisition is in progress. */
  readonly #acquiring = new Set<string>();

  constructor(deps: HandoverDeps) {
    this.#deps = deps;
  }

  /** Acquires a session that was found free, unless another node is faster. Rejects when the store does. */
  async acquire(address: SessionAddress, found: OwnerEntry | null): Promise<Acquisition> {
    const { owners, ownership } = this.#deps;
    const { ownedSessions } = ownership;
    const { session } = address;
    const candidate = ownership.candidate();
    if (candidate === null || this.#acquiring.has(session) || ownedSessions.stateOf(address) !== 'none') return 'lost';
    this.#acquiring.add(session);
    try {
      if (!(await this.#isReadable(address))) return 'lost';
      const version = await owners.acquire(address, found, candidate);
      if (version === null) return 'lost';
      ownedSessions.add(address, version, candidate.incarnation);
      return await this.#host(address);
    } finally {
      this.#acquiring.delete(session);
    }
  }

  /** A session whose record this release cannot read is left to a node that can. */
  async #isReadable(address: SessionAddress): Promise<boolean> {
    return unlessUnreadable(false, async () => {
      await this.#deps.sessions.find(address);
      return true;
    });
  }

  /** Starts the actor of a session that this node has just acquired. */
  async #host(address: SessionAddress): Promise<Acquisition> {
    const { sessions, supervisor, store, ownership, owners, logger } = this.#deps;
    const { ownedSessions, membership } = ownership;
    store.forgetKeys(address);
    try {
      const record = await sessions.find(address);
      if (record !== null && (await supervisor.bring(record, () => ownedSessions.versionOf(address) !== null))) {
        logger.info({ ...address, node: membership.nodeId }, 'session taken');
        return record.resting === null ? 'connecting' : 'inactive';
      }
      ownedSessions.remove(address);
      if (record === null) await owners.forget(address);
      return 'lost';
    } catch (error) {
      // The next scan finds it free and acquires it again.
      ownedSessions.remove(address);
      throw error;
    }
  }

  /** Shuts a session down here and releases it, for the successor if there is one. */
  async handOver(address: SessionAddress, successor: Node | null): Promise<void> {
    const { supervisor, ownership, owners, offer, logger } = this.#deps;
    const version = ownership.ownedSessions.beginLeaving(address);
    if (version === null) return;
    try {
      await supervisor.find(address.session)?.ask({ type: 'session.shutDown', requestId: newRequestId() });
      supervisor.dismiss(address.session);
      await this.#recorded(address);
      const isReleased = await owners.release(address, version, successor?.incarnation ?? null);
      if (isReleased && successor !== null) offer(address, successor);
      if (isReleased) logger.info({ ...address, node: successor?.nodeId ?? null }, 'session handed over');
    } catch (error) {
      logger.warn({ ...address, ...errorFacts(error) }, 'session could not be released; another node takes it later');
    } finally {
      ownership.ownedSessions.removeVersion(address, version);
    }
  }

  /** Waits until the inbound events of the session are stored; when the store is slow, they are stored afterwards. */
  async #recorded(address: SessionAddress): Promise<void> {
    const { recorder, delay } = this.#deps;
    const enough = new AbortController();
    await Promise.race([recorder.recorded(address), sleep(delay, recordedMs, enough.signal)]);
    enough.abort();
  }

  /** Hands all sessions over to the other nodes, in waves, so that these can log them in as they arrive. */
  async handOverAll(): Promise<void> {
    const { ownership, clock, delay } = this.#deps;
    const successors = await this.#successors();
    const begunAt = clock.now();
    for (let left = ownership.ownedSessions.addresses(); left.length > 0; ) {
      const isLate = successors.length === 0 || clock.now() - begunAt > wavesMs;
      const wave = left.splice(0, isLate ? left.length : waveSize);
      const pacing = left.length === 0 ? Promise.resolve() : sleep(delay, waveMs, new AbortController().signal);
      await Promise.all(
        wave.map((address, index) => this.handOver(address, successors[index % successors.length] ?? null)),
      );
      await pacing;
    }
  }

  /** Ends the session's actor here and gives up its ownership, whatever the session was doing. */
  evict(address: SessionAddress): void {
    this.#deps.ownership.ownedSessions.remove(address);
    this.#deps.supervisor.dismiss(address.session);
  }

  /**
   * The nodes that can take sessions, looked up once the others can see that this one drains. Empty when the store does
   * not answer for too long: a node that shuts down cannot wait for it, and the others find the free sessions anyway.
   */
  async #successors(): Promise<Node[]> {
    const { ownership, clock, delay } = this.#deps;
    const begunAt = clock.now();
    for (;;) {
      const isSeen = await ownership.membership.beginDraining();
      const isLate = clock.now() - begunAt >= successorsMs;
      const successors = isSeen || isLate ? await this.#others(isLate) : null;
      if (successors !== null) return successors;
      await sleep(delay, retryMs, new AbortController().signal);
    }
  }

  /** The other nodes that take sessions; null when the look-up failed and there is still time to retry. */
  async #others(isLate: boolean): Promise<Node[] | null> {
    const { ownership, logger } = this.#deps;
    const { membership } = ownership;
    try {
      const nodes = await membership.liveNodes();
      return nodes.filter(({ state, incarnation }) => state === 'running' && incarnation !== membership.incarnation);
    } catch (error) {
      if (!isLate) return null;
      logger.warn(
        { node: membership.nodeId, ...errorFacts(error) },
        'other nodes could not be looked up; all sessions are released at once',
      );
      return [];
    }
  }
}
