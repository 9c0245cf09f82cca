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

/** How long a node has to take a request, before that is withdrawn: a node that is gone does not keep callers waiting. */
const acceptMs = 1_000;

const retryMs = 200;

/** How often it is looked whether a node that has taken a request still lives. */
const watchMs = 1_000;

/** How much later than the session a node gives a send up that was taken. */
const sendGraceMs = 1_500;

/** How often a reply is sent that the store refuses, and a request is claimed. */
const maxReplyAttempts = 20;
const maxClaimAttempts = 5;

/** A node as letters are addressed to it. */
export interface NodeAddress {
  incarnation: string;
  nodeId: string;
}

export interface NodeRpcDeps {
  mail: NodeMailbox<NodeMessage>;
  /** This node, as it is at the moment. */
  self: () => NodeAddress;
  /** Carries out what another node asks. */
  onAsk: (ask: RequestMessage) => Promise<ResponseMessage>;
  onTell: (tell: NotificationMessage) => void;
  onWatch: (watch: WatchMessage) => void;
  onFrames: (frames: FramesMessage) => void;
  /** Yields the public key of a node, null for one of an earlier release; undefined when the node does not live. */
  publicKeyOf: (incarnation: string) => Promise<string | null | undefined>;
  /** Whether a node lives, as far as is known. */
  isLiving: (incarnation: string) => boolean;
  sendTimeoutMs: number;
  /** How long a session may take to answer what is no send. */
  answerTimeoutMs: number;
  background: BackgroundTasks;
  delay: ScheduleTimer;
  logger: Logger;
}

/**
 * Carries requests to the nodes that own the sessions, and their answers back, by way of the store. A request is
 * carried out by who claims it first; whoever has asked claims it, too, to take it back. So what was answered as "not
 * done" is never done later.
 */
export class NodeRpc {
  readonly #deps: NodeRpcDeps;
  readonly #waiting = new Map<string, (result: ResponseMessage | 'untaken') => void>();
  readonly #ending = new AbortController();
  readonly #reader: MailboxReader;

  constructor(deps: NodeRpcDeps) {
    this.#deps = deps;
    this.#reader = new MailboxReader({
      ...deps,
      nodeId: deps.self().nodeId,
      onLetter: (letter) => this.#open(letter),
    });
  }

  /** Reads this node's mailbox from now on. Rejects when the store cannot be asked. */
  async start(): Promise<void> {
    await this.#reader.start();
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#reader.end();
  }

  /** Asks a session of another node. `untaken`: that node did not take the request in time, and nothing was done. */
  async ask(to: NodeAddress, address: SessionAddress, command: RemoteCommand): Promise<ResponseMessage | 'untaken'> {
    const askId = newRequestId();
    const from = this.#deps.self();
    const { promise, resolve } = Promise.withResolvers<ResponseMessage | 'untaken'>();
    this.#waiting.set(askId, resolve);
    const { delay, answerTimeoutMs, sendTimeoutMs } = this.#deps;
    const timeoutMs = command.type === 'message.send' ? sendTimeoutMs + sendGraceMs : answerTimeoutMs;
    const giveUp = (): void => resolve(unknownOutcome(command));
    let callOffWatch = (): void => undefined;
    // As long as nobody has taken it, it is not lost with its node, but taken back.
    const onTaken = (): void => {
      callOffWatch = this.#watch(to, giveUp);
    };
    const timers = [delay(acceptMs, () => void this.#withdraw(askId, from, onTaken)), delay(timeoutMs, giveUp)];
    try {
      await this.send(to, { kind: 'ask', to: to.incarnation, from, askId, ...address, command });
      return await promise;
    } catch (error) {
      // It may have been sent all the same, and is taken back if nobody has it.
      if ((await this.#claim(askId, from)) === 'ours') throw error;
      return await promise;
    } finally {
      this.#waiting.delete(askId);
      callOffWatch();
      for (const callOff of timers) callOff();
    }
  }

  /** Lets another node know something, if that gets through. */
  tell(to: NodeAddress, address: SessionAddress, notice: NotificationMessage['notice']): void {
    this.post(to, { kind: 'tell', to: to.incarnation, ...address, notice });
  }

  /** Sends a letter that may get lost. */
  post(to: NodeAddress, letter: NodeMessage): void {
    this.#deps.background.run(this.send(to, letter), (error) => {
      this.#deps.logger.debug(errorFacts(error), 'another node could not be told');
    });
  }

  /** Calls back once a node is gone; yields how to end that. */
  #watch({ incarnation }: NodeAddress, onGone: () => void): () => void {
    const { delay, isLiving } = this.#deps;
    const look = (): void => {
      if (isLiving(incarnation)) callOff = delay(watchMs, look);
      else onGone();
    };
    let callOff = delay(watchMs, look);
    return () => callOff();
  }

  /** Puts a letter into the box of a node, unless that node is gone. Rejects when the store does. */
  async send({ incarnation, nodeId }: NodeAddress, letter: NodeMessage): Promise<void> {
    const publicKey = await this.#deps.publicKeyOf(incarnation);
    if (publicKey !== undefined) await this.#deps.mail.send({ nodeId, publicKey }, letter);
  }

  /** Nobody may have taken the request yet: that is asked until it is known, or nobody waits any more. */
  async #withdraw(askId: string, by: NodeAddress, onTaken: () => void): Promise<void> {
    while (this.#waiting.has(askId) && !this.#ending.signal.aborted) {
      const claimed = await this.#claim(askId, by);
      if (claimed === 'ours') this.#waiting.get(askId)?.('untaken');
      if (claimed === 'taken' && this.#waiting.has(askId)) onTaken();
      if (claimed !== 'unknown') return;
      await sleep(this.#deps.delay, retryMs, this.#ending.signal);
    }
  }

  async #claim(askId: string, { incarnation }: NodeAddress): Promise<'ours' | 'taken' | 'unknown'> {
    try {
      return (await this.#deps.mail.claim(askId, incarnation)) ? 'ours' : 'taken';
    } catch {
      return 'unknown';
    }
  }

  #open(letter: NodeMessage): void {
    if (letter.to !== this.#deps.self().incarnation) return;
    const { background, logger, onTell, onWatch, onFrames } = this.#deps;
    if (letter.kind === 'tell') onTell(letter);
    else if (letter.kind === 'watch') onWatch(letter);
    else if (letter.kind === 'frames') onFrames(letter);
    else if (letter.kind === 'reply') this.#waiting.get(letter.askId)?.(letter.result);
    else
      background.run(this.#carryOut(letter), (error) =>
        logger.warn(errorFacts(error), 'a request of another node failed'),
      );
  }

  async #carryOut(ask: RequestMessage): Promise<void> {
    const { askId, from } = ask;
    if (!(await this.#accept(ask))) return;
    const result = await this.#deps.onAsk(ask);
    await this.#reply(from, { kind: 'reply', to: from.incarnation, askId, result });
  }

  /** Whether this node is to carry a request out. A claim that failed may have been made all the same. */
  async #accept({ askId, to }: RequestMessage): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#deps.mail.claim(askId, to);
      } catch (error) {
        if (attempt === maxClaimAttempts) throw error;
        await sleep(this.#deps.delay, retryMs, this.#ending.signal);
      }
    }
  }

  async #reply(to: NodeAddress, letter: NodeMessage): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.send(to, letter);
      } catch (error) {
        if (attempt === maxReplyAttempts) throw error;
        await sleep(this.#deps.delay, retryMs, this.#ending.signal);
      }
    }
  }
}

/** The node that took the request is gone, or does not answer. A send goes on with the next owner, under its id. */
function unknownOutcome(command: RemoteCommand): ResponseMessage {
  return command.type === 'message.send' ? refused(unacknowledged(command.row)) : unanswered();
}
