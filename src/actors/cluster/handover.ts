import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import { type ScheduleTimer, sleep } from '../../domain/clock.ts';
import { errorFacts } from '../../domain/errors.ts';
import { newRequestId } from '../../domain/ids.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { GatewayStore } from '../../store/gateway-store.ts';
import type { Node } from '../../store/records/cluster/node-leases.ts';
import type { OwnerEntry, SessionOwners } from '../../store/records/cluster/session-owners.ts';
import type { Sessions } from '../../store/records/sessions.ts';
import { unlessUnreadable } from '../../store/unreadable-value.ts';
import type { InboundRecorder } from '../inbound/inbound-recorder.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { NodeOwnership } from './membership/node-ownership.ts';

/** Sessions that are handed over at a time when the node ends, how far apart, and when it has to be quick. */
const waveSize = 10;
const waveMs = 500;
const wavesMs = 10_000;

/** How long, and how often, a node that ends asks who can take its sessions while the store does not answer. */
const heirsMs = 3_000;
const retryMs = 500;

/** How long a session that is handed over waits for the store to keep what it was told. */
const recordedMs = 3_000;

export interface HandoverDeps {
  tenure: NodeOwnership;
  owners: SessionOwners;
  store: Pick<GatewayStore, 'forgetKeys'>;
  sessions: Pick<Sessions, 'find'>;
  supervisor: Pick<Supervisor, 'find' | 'dismiss' | 'bring'>;
  recorder: Pick<InboundRecorder, 'recorded'>;
  /** Lets a node know that a session was released for it. */
  offer: (address: SessionAddress, heir: Node) => void;
  clock: Clock;
  delay: ScheduleTimer;
  logger: Logger;
}

/** How sessions come to this node and leave it. */
export class Handover {
  readonly #deps: HandoverDeps;
  /** Sessions that are being taken at this moment. */
  readonly #claiming = new Set<string>();

  constructor(deps: HandoverDeps) {
    this.#deps = deps;
  }

  /** Takes a session that was found free, unless somebody else was faster. `connecting`: it logs in now. */
  async claim(address: SessionAddress, found: OwnerEntry | null): Promise<'lost' | 'resting' | 'connecting'> {
    const { owners, tenure } = this.#deps;
    const { holdings } = tenure;
    const { session } = address;
    const claimant = tenure.claimant();
    if (claimant === null || this.#claiming.has(session) || holdings.stateOf(address) !== 'none') return 'lost';
    this.#claiming.add(session);
    try {
      if (!(await this.#isReadable(address))) return 'lost';
      const version = await owners.acquire(address, found, claimant);
      if (version === null) return 'lost';
      holdings.take(address, version, claimant.incarnation);
      return await this.#moveIn(address);
    } finally {
      this.#claiming.delete(session);
    }
  }

  /** A session whose record this release cannot read is left to a node that can. */
  async #isReadable(address: SessionAddress): Promise<boolean> {
    return unlessUnreadable(false, async () => {
      await this.#deps.sessions.find(address);
      return true;
    });
  }

  /** A session that is taken begins to live here. */
  async #moveIn(address: SessionAddress): Promise<'lost' | 'resting' | 'connecting'> {
    const { sessions, supervisor, store, tenure, owners, logger } = this.#deps;
    store.forgetKeys(address);
    try {
      const record = await sessions.find(address);
      if (record !== null && (await supervisor.bring(record, () => tenure.holdings.versionOf(address) !== null))) {
        logger.info({ ...address, node: tenure.membership.nodeId }, 'session taken');
        return record.resting === null ? 'connecting' : 'resting';
      }
      tenure.holdings.drop(address);
      if (record === null) await owners.forget(address);
      return 'lost';
    } catch (error) {
      // It is free to be taken again.
      tenure.holdings.drop(address);
      throw error;
    }
  }

  /** Ends a session here, in good order, and leaves it to another node. */
  async handOver(address: SessionAddress, heir: Node | null): Promise<void> {
    const { supervisor, tenure, owners, offer, logger } = this.#deps;
    const version = tenure.holdings.beginLeaving(address);
    if (version === null) return;
    try {
      await supervisor.find(address.session)?.ask({ type: 'session.shutDown', requestId: newRequestId() });
      supervisor.dismiss(address.session);
      await this.#recorded(address);
      const isReleased = await owners.release(address, version, heir?.incarnation ?? null);
      if (isReleased && heir !== null) offer(address, heir);
      if (isReleased) logger.info({ ...address, node: heir?.nodeId ?? null }, 'session handed over');
    } catch (error) {
      logger.warn({ ...address, ...errorFacts(error) }, 'a session could not be released; another node takes it later');
    } finally {
      tenure.holdings.dropVersion(address, version);
    }
  }

  /** What a session was told is stored before it is left, unless the store keeps it waiting: then it follows later. */
  async #recorded(address: SessionAddress): Promise<void> {
    const { recorder, delay } = this.#deps;
    const enough = new AbortController();
    await Promise.race([recorder.recorded(address), sleep(delay, recordedMs, enough.signal)]);
    enough.abort();
  }

  /** Hands all sessions over to the other nodes, in waves, so that these can log them in as they come. */
  async leave(): Promise<void> {
    const { tenure, clock, delay } = this.#deps;
    const heirs = await this.#heirs();
    const begunAt = clock.now();
    for (let left = tenure.holdings.addresses(); left.length > 0; ) {
      const isLate = heirs.length === 0 || clock.now() - begunAt > wavesMs;
      const wave = left.splice(0, isLate ? left.length : waveSize);
      const pacing = left.length === 0 ? Promise.resolve() : sleep(delay, waveMs, new AbortController().signal);
      await Promise.all(wave.map((address, index) => this.handOver(address, heirs[index % heirs.length] ?? null)));
      await pacing;
    }
  }

  /** The session is no longer here, whatever it was doing. */
  moveOut(address: SessionAddress): void {
    this.#deps.tenure.holdings.drop(address);
    this.#deps.supervisor.dismiss(address.session);
  }

  /**
   * The nodes that can take sessions, asked for when the others can see that this one drains. Without an answer for long
   * there are none: a node that ends cannot wait for the store, and the others find what it gives up by themselves.
   */
  async #heirs(): Promise<Node[]> {
    const { tenure, clock, delay } = this.#deps;
    const begunAt = clock.now();
    for (;;) {
      const isSeen = await tenure.membership.beginDraining();
      const isLate = clock.now() - begunAt >= heirsMs;
      const heirs = isSeen || isLate ? await this.#others(isLate) : null;
      if (heirs !== null) return heirs;
      await sleep(delay, retryMs, new AbortController().signal);
    }
  }

  /** The other nodes that take sessions; null when they cannot be looked up and there is still time to try again. */
  async #others(isLate: boolean): Promise<Node[] | null> {
    const { tenure, logger } = this.#deps;
    const { membership } = tenure;
    try {
      const living = await membership.living();
      return living.filter(({ state, incarnation }) => state === 'running' && incarnation !== membership.incarnation);
    } catch (error) {
      if (!isLate) return null;
      logger.warn(
        { node: membership.nodeId, ...errorFacts(error) },
        'the other nodes could not be looked up; all sessions are given up at once',
      );
      return [];
    }
  }
}
