import type { Logger } from 'pino';
import type { Clock } from '../../domain/clock.ts';
import { type ScheduleTimer, sleep } from '../../domain/clock.ts';
import { done, errorFacts, type Outcome, refused, storeUnavailable } from '../../domain/errors.ts';
import type { SessionAddress, SessionRecord } from '../../domain/session.ts';
import type { GatewayStore } from '../../store/gateway-store.ts';
import { sessionMoved } from '../../store/layers/fenced-store.ts';
import { nodeMailbox } from '../../store/records/cluster/node-mailbox.ts';
import { type SessionOwners, sessionOwners } from '../../store/records/cluster/session-owners.ts';
import { sessionStates } from '../../store/records/sessions/session-states.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import type { BackgroundTasks } from '../background-tasks.ts';
import type { InboundRecorder } from '../inbound/inbound-recorder.ts';
import type { Subscriber } from '../inspection/subscriber.ts';
import type { SessionLocation, SessionNotification, SessionRequest, SessionRouter } from '../runtime/session-router.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { Answer } from '../session/commands.ts';
import { sessionNotFound } from '../session/refusals.ts';
import { Handover } from './handover.ts';
import { LocalSessions } from './local-sessions.ts';
import type { NodeOwnership } from './membership/node-ownership.ts';
import { Placement } from './placement.ts';
import { MailboxCleanup } from './rpc/mailbox-cleanup.ts';
import { type NotificationMessage, nodeMessageCodec, type ResponseMessage } from './rpc/node-message.ts';
import { NodeRpc } from './rpc/node-rpc.ts';
import { RemoteSessions } from './rpc/remote-sessions.ts';
import { addressOf, SessionLocator } from './session-locator.ts';
import { WatchClient } from './watch/watch-client.ts';
import { WatchServer } from './watch/watch-server.ts';

/** How long a request waits for a session that is moving from one node to another. */
const movingMs = 5_000;
const retryMs = 100;

/** Interval at which queued sends are found whose notification got lost. */
const remindMs = 5_000;

export interface ClusterDeps {
  ownership: NodeOwnership;
  /** Not fenced. */
  store: GatewayStore;
  sessions: Sessions;
  supervisor: Supervisor;
  recorder: Pick<InboundRecorder, 'recorded'>;
  background: BackgroundTasks;
  sendTimeoutMs: number;
  /** Deadline of requests other than sends. */
  answerTimeoutMs: number;
  clock: Clock;
  delay: ScheduleTimer;
  random: () => number;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Logger;
}

/** Routes to the sessions of all nodes that share a store: each session runs on one node and is reached from any. */
export class Cluster implements SessionRouter {
  readonly #deps: ClusterDeps;
  readonly #owners: SessionOwners;
  readonly #locator: SessionLocator;
  readonly #cleanup: MailboxCleanup;
  readonly #rpc: NodeRpc;
  readonly #local: LocalSessions;
  readonly #remote: RemoteSessions;
  readonly #watchClient: WatchClient;
  readonly #watchServer: WatchServer;
  readonly #placement: Placement;
  readonly #handover: Handover;
  #cancelReminder: () => void = () => undefined;

  constructor(deps: ClusterDeps) {
    this.#deps = deps;
    const { ownership, store, sessions, supervisor } = deps;
    const { membership, ownedSessions } = ownership;
    const owners = sessionOwners(store, deps.now);
    this.#owners = owners;
    this.#locator = new SessionLocator({ owners, states: sessionStates(store), supervisor, membership });
    const mailbox = nodeMailbox(store, nodeMessageCodec, ownership.mailboxKeys);
    this.#cleanup = new MailboxCleanup({ ...deps, mailbox, membership });
    const self = () => ({ incarnation: membership.incarnation, nodeId: membership.nodeId });
    this.#local = new LocalSessions(deps);
    const rpc = new NodeRpc({
      ...deps,
      mailbox,
      self,
      publicKeyOf: async (incarnation) => {
        const node = await membership.find(incarnation);
        return node === null ? undefined : (node.publicKey ?? null);
      },
      isLive: (incarnation) => membership.known.some((node) => node.incarnation === incarnation),
      onRequest: ({ organization, session, command }) => this.#local.request({ organization, session }, command),
      onNotification: (notification) => this.#onNotification(notification),
      onWatch: (watch) => this.#watchServer.onWatch(watch),
      onFrames: (frames) => this.#watchClient.onFrames(frames),
    });
    this.#rpc = rpc;
    this.#remote = new RemoteSessions({ owners, membership, rpc });
    this.#watchClient = new WatchClient({ ...deps, self, post: (to, message) => rpc.post(to, message) });
    this.#watchServer = new WatchServer({
      ...deps,
      send: (to, message) => rpc.send(to, message),
      watchLocal: (address, subscriber) => this.#local.watch(address, subscriber),
    });
    this.#handover = new Handover({
      ...deps,
      owners,
      offer: (address, successor) => rpc.notify(successor, address, 'session.offered'),
    });
    this.#placement = new Placement({
      ...deps,
      sessions,
      owners,
      membership,
      ownedSessions,
      acquire: (address, found) => this.#handover.acquire(address, found),
      leastActive: () => supervisor.leastActive(),
      handOver: (address, successor) => this.#handover.handOver(address, successor),
      onDeleted: (address) => this.#handover.evict(address),
    });
    ownership.onSessionLost = (address) => supervisor.dismiss(address.session);
  }

  /** Rejects with the reason of the signal once it aborts; what has started by then runs until {@link end}. */
  async start(signal: AbortSignal): Promise<void> {
    const { membership } = this.#deps.ownership;
    await membership.start();
    signal.throwIfAborted();
    await this.#cleanup.start();
    signal.throwIfAborted();
    await this.#rpc.start();
    signal.throwIfAborted();
    this.#placement.start();
    this.#scheduleReminder();
  }

  /** Hands all sessions over to the other nodes. */
  async drain(): Promise<void> {
    this.#cancelReminder();
    this.#cleanup.end();
    await this.#placement.end();
    await this.#handover.handOverAll();
  }

  /** Receives no more messages, and gives the lease back. To be called after {@link drain}. */
  async end(): Promise<void> {
    this.#watchClient.end();
    this.#watchServer.end();
    await this.#rpc.end();
    // Callers stop waiting for a node that has left, so the responses in progress are sent before.
    await this.#deps.background.idle();
    await this.#deps.ownership.membership.leave().catch((error: unknown) => {
      this.#deps.logger.warn(errorFacts(error), 'lease could not be given back; the other nodes notice its expiry');
    });
  }

  async ask(address: SessionAddress, request: SessionRequest): Promise<Outcome<Answer>> {
    const { clock, delay, store } = this.#deps;
    const until = clock.now() + movingMs;
    for (;;) {
      if (store.health.state === 'failing') return refused(storeUnavailable);
      const result = await this.#request(address, request);
      if (result !== 'elsewhere') return result;
      if (clock.now() >= until) return refused(sessionMoved);
      await sleep(delay, retryMs, new AbortController().signal);
    }
  }

  tell(address: SessionAddress, notice: SessionNotification): void {
    const { supervisor, background, logger } = this.#deps;
    const host = supervisor.find(address.session);
    if (host !== undefined) {
      host.tell({ type: notice });
      return;
    }
    background.run(this.#remote.notify(address, notice), (error) => {
      logger.debug({ ...address, ...errorFacts(error) }, 'owner of a session could not be notified');
    });
  }

  async watch(address: SessionAddress, subscriber: Subscriber): Promise<Outcome<() => void>> {
    const local = this.#local.watch(address, subscriber);
    if (local.ok) return local;
    const owner = await this.#remote.ownerOf(address);
    if (owner === null || !(await this.#deps.ownership.membership.isLive(owner.incarnation))) return local;
    return done(this.#watchClient.watch(owner, address, subscriber));
  }

  locate(records: readonly SessionRecord[]): Promise<SessionLocation[]> {
    return this.#locator.locate(records);
  }

  async open(record: SessionRecord): Promise<void> {
    // Without a lease this node cannot acquire it; then the placement of another node does.
    await this.#handover.acquire(addressOf(record), null);
  }

  async close(address: SessionAddress): Promise<void> {
    this.#handover.evict(address);
    await this.#remote.notify(address, 'session.deleted');
    await this.#owners.forget(address);
  }

  async #request(address: SessionAddress, request: SessionRequest): Promise<ResponseMessage> {
    const result = await (this.#local.owns(address) ? this.#local : this.#remote).request(address, request);
    const isGone = result === 'elsewhere' && (await this.#deps.sessions.find(address)) === null;
    return isGone ? refused(sessionNotFound) : result;
  }

  #onNotification({ organization, session, notice }: NotificationMessage): void {
    const address = { organization, session };
    if (notice === 'session.offered') this.#onOffer(address);
    else if (notice === 'session.deleted') this.#handover.evict(address);
    else this.#deps.supervisor.find(session)?.tell({ type: notice });
  }

  #onOffer(address: SessionAddress): void {
    const { ownership, background, logger } = this.#deps;
    const acquiring = this.#owners.find(address).then(async (found) => {
      if (found?.owner.heir === ownership.membership.incarnation) await this.#handover.acquire(address, found);
    });
    background.run(acquiring, (error) =>
      logger.warn({ ...address, ...errorFacts(error) }, 'offered session could not be taken over'),
    );
  }

  #scheduleReminder(): void {
    const { delay, supervisor } = this.#deps;
    this.#cancelReminder = delay(remindMs, () => {
      for (const { session } of supervisor.addresses()) supervisor.find(session)?.tell({ type: 'outbox.queued' });
      this.#scheduleReminder();
    });
  }
}
