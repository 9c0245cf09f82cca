import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import { type ScheduleTimer, sleep } from '../../domain/clock.ts';
import { errorFacts, type Outcome, refused, storeUnavailable } from '../../domain/errors.ts';
import type { SessionAddress, SessionRecord } from '../../domain/session.ts';
import type { GatewayStore } from '../../store/gateway-store.ts';
import { sessionMoved } from '../../store/layers/fenced-store.ts';
import { nodeMailbox } from '../../store/records/cluster/node-mailbox.ts';
import { type SessionOwners, sessionOwners } from '../../store/records/cluster/session-owners.ts';
import { sessionStates } from '../../store/records/session-states.ts';
import type { Sessions } from '../../store/records/sessions.ts';
import type { BackgroundTasks } from '../background-tasks.ts';
import type { InboundRecorder } from '../inbound/inbound-recorder.ts';
import type { Subscriber } from '../inspection/subscriber.ts';
import type { SessionLocation, SessionNotification, SessionRequest, SessionRouter } from '../runtime/session-router.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { Answer } from '../session/commands.ts';
import { sessionNotFound } from '../session/refusals.ts';
import { Handover } from './handover.ts';
import type { NodeOwnership } from './membership/node-ownership.ts';
import { Placement } from './placement.ts';
import { MailboxCleanup } from './rpc/mailbox-cleanup.ts';
import {
  type NotificationMessage,
  nodeMessageCodec,
  type RequestMessage,
  type ResponseMessage,
} from './rpc/node-message.ts';
import { NodeRpc } from './rpc/node-rpc.ts';
import { RemoteSessions } from './rpc/remote-sessions.ts';
import { addressOf, SessionLocator } from './session-locator.ts';
import { WatchRouter } from './watch/watch-router.ts';

/** How long a request waits for a session that is on its way from one node to another. */
const movingMs = 5_000;
const lookAgainMs = 100;

/** How soon a send is found whose owner was not told of it. */
const remindMs = 5_000;

export interface ClusterDeps {
  tenure: NodeOwnership;
  /** The store as everybody may write to it. */
  store: GatewayStore;
  sessions: Sessions;
  supervisor: Supervisor;
  recorder: Pick<InboundRecorder, 'recorded'>;
  background: BackgroundTasks;
  sendTimeoutMs: number;
  /** How long a session may take to answer what is no send. */
  answerTimeoutMs: number;
  clock: Clock;
  delay: ScheduleTimer;
  random: () => number;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Logger;
}

/** The sessions of several nodes that share a store: each is on one of them, and can be reached from all. */
export class Cluster implements SessionRouter {
  readonly #deps: ClusterDeps;
  readonly #owners: SessionOwners;
  readonly #lookout: SessionLocator;
  readonly #cleanup: MailboxCleanup;
  readonly #courier: NodeRpc;
  readonly #distant: RemoteSessions;
  readonly #watches: WatchRouter;
  readonly #placement: Placement;
  readonly #moves: Handover;
  #callOffReminder: () => void = () => undefined;

  constructor(deps: ClusterDeps) {
    this.#deps = deps;
    const { tenure, store, sessions, supervisor } = deps;
    const { membership, holdings } = tenure;
    this.#owners = sessionOwners(store, deps.now);
    this.#lookout = new SessionLocator({ owners: this.#owners, states: sessionStates(store), supervisor, membership });
    const letters = nodeMailbox(store, nodeMessageCodec, tenure.letterKeys);
    this.#cleanup = new MailboxCleanup({ ...deps, mail: letters, membership });
    const self = () => ({ incarnation: membership.incarnation, nodeId: membership.nodeId });
    this.#courier = new NodeRpc({
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
    this.#distant = new RemoteSessions({ owners: this.#owners, membership, courier: this.#courier });
    this.#watches = new WatchRouter({ ...deps, self, distant: this.#distant, courier: this.#courier });
    this.#moves = new Handover({
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

  async ask(address: SessionAddress, request: SessionRequest): Promise<Outcome<Answer>> {
    const { clock, delay, store } = this.#deps;
    const until = clock.now() + movingMs;
    for (;;) {
      if (store.health.state === 'failing') return refused(storeUnavailable);
      const result = await this.#try(address, request);
      if (result !== 'elsewhere') return result;
      if (clock.now() >= until) return refused(sessionMoved);
      await sleep(delay, lookAgainMs, new AbortController().signal);
    }
  }

  tell(address: SessionAddress, notice: SessionNotification): void {
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

  watch(address: SessionAddress, watcher: Subscriber): Promise<Outcome<() => void>> {
    return this.#watches.watch(address, watcher);
  }

  whereabouts(records: readonly SessionRecord[]): Promise<SessionLocation[]> {
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

  async #try(address: SessionAddress, request: SessionRequest): Promise<ResponseMessage> {
    const { tenure, sessions } = this.#deps;
    const isHere = tenure.holdings.stateOf(address) === 'held';
    const result = await (isHere ? this.#askHere(address, request) : this.#distant.ask(address, request));
    const isGone = result === 'elsewhere' && (await sessions.find(address)) === null;
    return isGone ? refused(sessionNotFound) : result;
  }

  async #askHere(address: SessionAddress, request: SessionRequest): Promise<ResponseMessage> {
    const { supervisor, tenure } = this.#deps;
    if (tenure.holdings.stateOf(address) !== 'held') return 'elsewhere';
    const outcome = await supervisor.ask(address.session, request);
    const isLeaving = tenure.holdings.stateOf(address) !== 'held';
    return !outcome.ok && (isLeaving ? isUndone : isNotThereYet)(outcome.refusal.details) ? 'elsewhere' : outcome;
  }

  #onAsk({ organization, session, command }: RequestMessage): Promise<ResponseMessage> {
    return this.#askHere({ organization, session }, command);
  }

  #onTell({ organization, session, notice }: NotificationMessage): void {
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
