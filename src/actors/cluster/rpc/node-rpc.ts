import type { Logger } from 'pino';
import { type ScheduleTimer, sleep } from '../../../domain/clock.ts';
import { errorFacts, refused } from '../../../domain/errors.ts';
import { newRequestId } from '../../../domain/ids.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { NodeMailbox } from '../../../store/records/cluster/node-mailbox.ts';
import type { BackgroundTasks } from '../../background-tasks.ts';
import { unanswered } from '../../runtime/pending-replies.ts';
import { unacknowledged } from '../../session/refusals.ts';
import { MailboxReader } from './mailbox-reader.ts';
import type {
  FramesMessage,
  NodeMessage,
  NotificationMessage,
  RemoteCommand,
  RequestMessage,
  ResponseMessage,
  WatchMessage,
} from './node-message.ts';

/** How long a node has to accept a request before it is cancelled: a dead node must not keep callers waiting. */
const acceptMs = 1_000;

const retryMs = 200;

/** Interval of the checks whether a node that accepted a request is still live. */
const watchMs = 1_000;

/** How much longer than the session's own deadline a caller waits for an accepted send. */
const sendGraceMs = 1_500;

/** Attempts to store a response, and to claim a request. */
const maxResponseAttempts = 20;
const maxClaimAttempts = 5;

/** A node, as messages are addressed to it. */
export interface NodeAddress {
  incarnation: string;
  nodeId: string;
}

export interface NodeRpcDeps {
  mailbox: NodeMailbox<NodeMessage>;
  /** This node, under its present incarnation. */
  self: () => NodeAddress;
  /** Executes the request of another node. */
  onRequest: (request: RequestMessage) => Promise<ResponseMessage>;
  onNotification: (notification: NotificationMessage) => void;
  onWatch: (watch: WatchMessage) => void;
  onFrames: (frames: FramesMessage) => void;
  /** The public key of a node; null for one of an earlier release, undefined when the node is dead. */
  publicKeyOf: (incarnation: string) => Promise<string | null | undefined>;
  /** Whether a node was live at the last look-up. */
  isLive: (incarnation: string) => boolean;
  sendTimeoutMs: number;
  /** Deadline of requests other than sends. */
  answerTimeoutMs: number;
  background: BackgroundTasks;
  delay: ScheduleTimer;
  logger: Logger;
}

/**
 * Requests, responses and notifications between nodes, by way of mailboxes in the store. A node claims a request before
 * it executes it; the caller claims it, too, to cancel it. As only the first claim succeeds, a request that was answered
 * as "not done" is never done later.
 */
export class NodeRpc {
  readonly #deps: NodeRpcDeps;
  readonly #pending = new Map<string, (result: ResponseMessage | 'notAccepted') => void>();
  readonly #ending = new AbortController();
  readonly #reader: MailboxReader;

  constructor(deps: NodeRpcDeps) {
    this.#deps = deps;
    this.#reader = new MailboxReader({
      ...deps,
      nodeId: deps.self().nodeId,
      onMessage: (message) => this.#receive(message),
    });
  }

  /** Begins to read this node's mailbox. Rejects when the store does. */
  async start(): Promise<void> {
    await this.#reader.start();
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#reader.end();
  }

  /** `notAccepted`: that node did not accept the request in time, and nothing was done. Rejects when the store does. */
  async request(
    to: NodeAddress,
    address: SessionAddress,
    command: RemoteCommand,
  ): Promise<ResponseMessage | 'notAccepted'> {
    const callId = newRequestId();
    const from = this.#deps.self();
    const { promise, resolve } = Promise.withResolvers<ResponseMessage | 'notAccepted'>();
    this.#pending.set(callId, resolve);
    const { delay, answerTimeoutMs, sendTimeoutMs } = this.#deps;
    const timeoutMs = command.type === 'message.send' ? sendTimeoutMs + sendGraceMs : answerTimeoutMs;
    const giveUp = (): void => resolve(unknownOutcome(command));
    let cancelWatch = (): void => undefined;
    // Until a node has accepted the request, the death of that node leads to a cancellation, not to an unknown outcome.
    const onAccepted = (): void => {
      cancelWatch = this.#watch(to, giveUp);
    };
    const timers = [delay(acceptMs, () => void this.#cancel(callId, from, onAccepted)), delay(timeoutMs, giveUp)];
    try {
      await this.send(to, { kind: 'ask', to: to.incarnation, from, askId: callId, ...address, command });
      return await promise;
    } catch (error) {
      // The commit may have been applied all the same: the request is cancelled unless a node has accepted it.
      if ((await this.#claim(callId, from)) === 'ours') throw error;
      return await promise;
    } finally {
      this.#pending.delete(callId);
      cancelWatch();
      for (const cancel of timers) cancel();
    }
  }

  /** Sends a notification, which may get lost. */
  notify(to: NodeAddress, address: SessionAddress, notice: NotificationMessage['notice']): void {
    this.post(to, { kind: 'tell', to: to.incarnation, ...address, notice });
  }

  /** Sends a message that may get lost. */
  post(to: NodeAddress, message: NodeMessage): void {
    this.#deps.background.run(this.send(to, message), (error) => {
      this.#deps.logger.debug(errorFacts(error), 'message to another node could not be sent');
    });
  }

  /** Calls back once the node is dead; yields a function that ends the watch. */
  #watch({ incarnation }: NodeAddress, onDead: () => void): () => void {
    const { delay, isLive } = this.#deps;
    const check = (): void => {
      if (isLive(incarnation)) cancel = delay(watchMs, check);
      else onDead();
    };
    let cancel = delay(watchMs, check);
    return () => cancel();
  }

  /** Stores a message in the mailbox of a node, unless that node is dead. Rejects when the store does. */
  async send({ incarnation, nodeId }: NodeAddress, message: NodeMessage): Promise<void> {
    const publicKey = await this.#deps.publicKeyOf(incarnation);
    if (publicKey !== undefined) await this.#deps.mailbox.send({ nodeId, publicKey }, message);
  }

  /** Cancels a request that no node has accepted; retries until the claim's outcome is known. */
  async #cancel(callId: string, by: NodeAddress, onAccepted: () => void): Promise<void> {
    while (this.#pending.has(callId) && !this.#ending.signal.aborted) {
      const claimed = await this.#claim(callId, by);
      if (claimed === 'ours') this.#pending.get(callId)?.('notAccepted');
      if (claimed === 'accepted' && this.#pending.has(callId)) onAccepted();
      if (claimed !== 'unknown') return;
      await sleep(this.#deps.delay, retryMs, this.#ending.signal);
    }
  }

  async #claim(callId: string, { incarnation }: NodeAddress): Promise<'ours' | 'accepted' | 'unknown'> {
    try {
      return (await this.#deps.mailbox.claim(callId, incarnation)) ? 'ours' : 'accepted';
    } catch {
      return 'unknown';
    }
  }

  #receive(message: NodeMessage): void {
    if (message.to !== this.#deps.self().incarnation) return;
    const { background, logger, onNotification, onWatch, onFrames } = this.#deps;
    if (message.kind === 'tell') onNotification(message);
    else if (message.kind === 'watch') onWatch(message);
    else if (message.kind === 'frames') onFrames(message);
    else if (message.kind === 'reply') this.#pending.get(message.askId)?.(message.result);
    else
      background.run(this.#execute(message), (error) =>
        logger.warn(errorFacts(error), 'request of another node failed'),
      );
  }

  async #execute(request: RequestMessage): Promise<void> {
    const { askId, from } = request;
    if (!(await this.#accept(request))) return;
    const result = await this.#deps.onRequest(request);
    await this.#respond(from, { kind: 'reply', to: from.incarnation, askId, result });
  }

  /** Whether this node is to execute a request. A claim that rejects may have succeeded; it is repeated. */
  async #accept({ askId, to }: RequestMessage): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#deps.mailbox.claim(askId, to);
      } catch (error) {
        if (attempt === maxClaimAttempts) throw error;
        await sleep(this.#deps.delay, retryMs, this.#ending.signal);
      }
    }
  }

  async #respond(to: NodeAddress, message: NodeMessage): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.send(to, message);
      } catch (error) {
        if (attempt === maxResponseAttempts) throw error;
        await sleep(this.#deps.delay, retryMs, this.#ending.signal);
      }
    }
  }
}

/** The node that accepted the request is dead or does not answer. The next owner settles a send, under the same id. */
function unknownOutcome(command: RemoteCommand): ResponseMessage {
  return command.type === 'message.send' ? refused(unacknowledged(command.row)) : unanswered();
}
