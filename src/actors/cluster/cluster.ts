import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import { type Delay, pause } from '../../domain/clock.ts';
import { errorFacts, type Outcome, refused, storeUnavailable } from '../../domain/errors.ts';
import type { SessionAddress, SessionRecord } from '../../domain/session.ts';
import type { GatewayStore } from '../../store/gateway-store.ts';
import { sessionMoved } from '../../store/layers/fenced-store.ts';
import { mail } from '../../store/records/cluster/node-mailbox.ts';
import { type Owners, owners } from '../../store/records/cluster/session-owners.ts';
import { states } from '../../store/records/session-states.ts';
import type { Sessions } from '../../store/records/sessions.ts';
import type { Background } from '../background-tasks.ts';
import type { Recorder } from '../inbound/inbound-recorder.ts';
import type { Watcher } from '../inspection/subscriber.ts';
import type { Notice, Request, Switchboard, Whereabouts } from '../runtime/session-router.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { Answer } from '../session/commands.ts';
import { sessionNotFound } from '../session/no-session.ts';
import { Moves } from './handover.ts';
import type { Tenure } from './membership/node-ownership.ts';
import { Placement } from './placement.ts';
import { MailboxCleanup } from './rpc/mailbox-cleanup.ts';
import { type Ask, letterCodec, type Result, type Tell } from './rpc/node-message.ts';
import { Courier } from './rpc/node-rpc.ts';
import { DistantSessions } from './rpc/remote-sessions.ts';
import { addressOf, Lookout } from './session-locator.ts';
import { Watches } from './watch/watch-router.ts';

/** How long a request waits for a session that is on its way from one node to another. */
const movingMs = 5_000;
const lookAgainMs = 100;

/** How soon a send is found whose owner was not told of it. */
const remindMs = 5_000;

export interface ClusterDeps {
  tenure: Tenure;
  /** The store as everybody may write to it. */
  store: GatewayStore;
  sessions: Sessions;
  supervisor: Supervisor;
  recorder: Pick<Recorder, 'recorded'>;
  background: Background;
  sendTimeoutMs: number;
  /** How long a session may take to answer what is no send. */
  answerTimeoutMs: number;
  clock: Clock;
  delay: Delay;
  random: () => number;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Logger;
}

/** The sessions of several nodes that share a store: each is on one of them, and can be reached from all. */
export class Cluster implements Switchboard {
  readonly #deps: ClusterDeps;
  readonly #owners: Owners;
  readonly #lookout: Lookout;
  readonly #cleanup: MailboxCleanup;
  readonly #courier: Courier;
  readonly #distant: DistantSessions;
  readonly #watches: Watches;
  readonly #placement: Placement;
  readonly #moves: Moves;
  #callOffReminder: () => void = () => undefined;

  constructor(deps: ClusterDeps) {
    this.#deps = deps;
    const { tenure, store, sessions, supervisor } = deps;
    const { membership, holdings } = tenure;
    this.#owners = owners(store, deps.now);
    this.#lookout = new Lookout({ owners: this.#owners, states: states(store), supervisor, membership });
    const letters = mail(store, letterCodec, tenure.letterKeys);
    this.#cleanup = new MailboxCleanup({ ...deps, mail: letters, membership });
    const self = () => ({ incarnation: membership.incarnation, nodeId: membership.nodeId });
    this.#courier = new Courier({
      ...deps,
      mail: letters,
      self,
      publicKeyOf: async (incarnation) => {
        const node = await membership.find(incarnation);
        return node === null ? undefined : (node.publicKey ?? null);
      },
      isLiving: (incarnation) => membership.known.some((node) => node.incarnation === incarnation),
      onAsk: (ask) => this.#onAsk(ask),
      onTell: (tell) => this.#onTell(tell),
      onWatch: (watch) => this.#watches.onWatch(watch),
      onFrames: (frames) => this.#watches.onFrames(frames),
    });
    this.#distant = new DistantSessions({ owners: this.#owners, membership, courier: this.#courier });
    this.#watches = new Watches({ ...deps, self, distant: this.#distant, courier: this.#courier });
    this.#moves = new Moves({
      ...deps,
      owners: this.#owners,
      offer: (address, heir) => this.#courier.tell(heir, address, 'session.offered'),
    });
    this.#placement = new Placement({
      ...deps,
      ...{ sessions, owners: this.#owners, membership, holdings },
      claim: (address, found) => this.#moves.claim(address, found),
      idlest: () => supervisor.idlest(),
      handOver: (address, heir) => this.#moves.handOver(address, heir),
      onDeleted: (address) => this.#moves.moveOut(address),
    });
    tenure.onEnd = (address) => supervisor.dismiss(address.session);
  }

  /** Rejects with the reason of the signal once it aborts; what has begun by then goes on until {@link end}. */
  async start(signal: AbortSignal): Promise<void> {
    const { membership } = this.#deps.tenure;
    await membership.start();
    signal.throwIfAborted();
    await this.#cleanup.start();
    signal.throwIfAborted();
    await this.#courier.start();
    signal.throwIfAborted();
    this.#placement.start();
    this.#remindLater();
  }

  /** Hands all sessions over to the other nodes. */
  async drain(): Promise<void> {
    this.#callOffReminder();
    this.#cleanup.end();
    await this.#placement.end();
    await this.#moves.leave();
  }

  /** Takes no more answers, and leaves. */
  async end(): Promise<void> {
    this.#watches.end();
    await this.#courier.end();
    // Whoever waits for a node that has left gives its answer up.
    await this.#deps.background.idle();
    await this.#deps.tenure.membership.leave().catch((error: unknown) => {
      this.#deps.logger.warn(errorFacts(error), 'the other nodes could not be told that this one has ended');
    });
  }

  async ask(address: SessionAddress, request: Request): Promise<Outcome<Answer>> {
    const { clock, delay, store } = this.#deps;
    const until = clock.now() + movingMs;
    for (;;) {
      if (store.health.state === 'failing') return refused(storeUnavailable);
      const result = await this.#try(address, request);
      if (result !== 'elsewhere') return result;
      if (clock.now() >= until) return refused(sessionMoved);
      await pause(delay, lookAgainMs, new AbortController().signal);
    }
  }

  tell(address: SessionAddress, notice: Notice): void {
    const { supervisor, background, logger } = this.#deps;
    const host = supervisor.find(address.session);
    if (host !== undefined) {
      host.tell({ type: notice });
      return;
    }
    background.run(this.#distant.tell(address, notice), (error) => {
      logger.debug({ ...address, ...errorFacts(error) }, 'another node could not be told');
    });
  }

  watch(address: SessionAddress, watcher: Watcher): Promise<Outcome<() => void>> {
    return this.#watches.watch(address, watcher);
  }

  whereabouts(records: readonly SessionRecord[]): Promise<Whereabouts[]> {
    return this.#lookout.whereabouts(records);
  }

  async open(record: SessionRecord): Promise<void> {
    // It was taken by the one who made it, unless that node has no lease; then somebody finds it.
    await this.#moves.claim(addressOf(record), null);
  }

  async close(address: SessionAddress): Promise<void> {
    this.#moves.moveOut(address);
    await this.#distant.tell(address, 'session.deleted');
    await this.#owners.forget(address);
  }

  async #try(address: SessionAddress, request: Request): Promise<Result> {
    const { tenure, sessions } = this.#deps;
    const isHere = tenure.holdings.stateOf(address) === 'held';
    const result = await (isHere ? this.#askHere(address, request) : this.#distant.ask(address, request));
    const isGone = result === 'elsewhere' && (await sessions.find(address)) === null;
    return isGone ? refused(sessionNotFound) : result;
  }

  async #askHere(address: SessionAddress, request: Request): Promise<Result> {
    const { supervisor, tenure } = this.#deps;
    if (tenure.holdings.stateOf(address) !== 'held') return 'elsewhere';
    const outcome = await supervisor.ask(address.session, request);
    const isLeaving = tenure.holdings.stateOf(address) !== 'held';
    return !outcome.ok && (isLeaving ? isUndone : isNotThereYet)(outcome.refusal.details) ? 'elsewhere' : outcome;
  }

  #onAsk({ organization, session, command }: Ask): Promise<Result> {
    return this.#askHere({ organization, session }, command);
  }

  #onTell({ organization, session, notice }: Tell): void {
    const address = { organization, session };
    const { supervisor, tenure, background, logger } = this.#deps;
    if (notice === 'session.offered') {
      const taking = this.#owners.find(address).then(async (found) => {
        if (found?.owner.heir === tenure.membership.incarnation) await this.#moves.claim(address, found);
      });
      background.run(taking, (error) =>
        logger.warn({ ...address, ...errorFacts(error) }, 'a session was not taken over'),
      );
    } else if (notice === 'session.deleted') {
      this.#moves.moveOut(address);
    } else {
      supervisor.find(session)?.tell({ type: notice });
    }
  }

  #remindLater(): void {
    const { delay, supervisor } = this.#deps;
    this.#callOffReminder = delay(remindMs, () => {
      for (const { session } of supervisor.addresses()) supervisor.find(session)?.tell({ type: 'outbox.queued' });
      this.#remindLater();
    });
  }
}

/** A refusal of a session that is on its way to rest, which has begun nothing. */
function isUndone(details: { status?: unknown; reason?: unknown } = {}): boolean {
  return details.status === 'draining' || isNotThereYet(details);
}

function isNotThereYet({ reason }: { reason?: unknown } = {}): boolean {
  return reason === 'session_starting';
}
