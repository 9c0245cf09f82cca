import type { Logger } from 'pino';
import { type ScheduleTimer, sleep } from '../../../domain/clock.ts';
import { errorFacts } from '../../../domain/errors.ts';
import type { NodeMailbox } from '../../../store/records/cluster/node-mailbox.ts';
import type { BackgroundTasks } from '../../background-tasks.ts';
import type { NodeMessage } from './node-message.ts';

const retryMs = 200;

/** How long handled messages stay, so that one commit deletes many. */
const trimMs = 1_000;

export interface MailboxReaderDeps {
  mailbox: Pick<NodeMailbox<NodeMessage>, 'tail' | 'receive' | 'trim'>;
  nodeId: string;
  onMessage: (message: NodeMessage) => void;
  background: BackgroundTasks;
  delay: ScheduleTimer;
  logger: Logger;
}

/**
 * Delivers the messages to this node, each once, and deletes them afterwards. A message that a killed process has not
 * finished is obsolete, deleted or not: the node restarts under another incarnation, and the callers cancel their
 * requests.
 */
export class MailboxReader {
  readonly #deps: MailboxReaderDeps;
  readonly #ending = new AbortController();
  #reading: Promise<void> = Promise.resolve();
  /** Cursor of the last message to delete; null when there is none. */
  #handled: string | null = null;
  #cancelTrim: (() => void) | null = null;

  constructor(deps: MailboxReaderDeps) {
    this.#deps = deps;
  }

  /** Begins after the messages to earlier incarnations of this node, and deletes those. Rejects when the store does. */
  async start(): Promise<void> {
    const { mailbox, nodeId } = this.#deps;
    const after = await mailbox.tail(nodeId);
    if (after !== null) this.#onHandled(after);
    this.#reading = this.#read(after);
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#reading;
    this.#cancelTrim?.();
    await this.#trim().catch((error: unknown) => this.#onTrimFailed(error));
  }

  async #read(from: string | null): Promise<void> {
    const { mailbox, nodeId, onMessage, delay, logger } = this.#deps;
    const { signal } = this.#ending;
    let after = from;
    while (!signal.aborted) {
      try {
        for await (const { messages, cursor } of mailbox.receive(nodeId, { after, signal })) {
          after = cursor;
          for (const message of messages) onMessage(message);
          this.#onHandled(cursor);
        }
      } catch (error) {
        logger.debug(errorFacts(error), 'messages of other nodes could not be read; retrying');
        await sleep(delay, retryMs, signal);
      }
    }
  }

  #onHandled(cursor: string): void {
    this.#handled = cursor;
    this.#trimLater();
  }

  #trimLater(): void {
    const { background, delay } = this.#deps;
    this.#cancelTrim ??= delay(trimMs, () => {
      this.#cancelTrim = null;
      background.run(this.#trim(), (error) => {
        this.#onTrimFailed(error);
        if (!this.#ending.signal.aborted) this.#trimLater();
      });
    });
  }

  async #trim(): Promise<void> {
    const through = this.#handled;
    if (through === null) return;
    await this.#deps.mailbox.trim(this.#deps.nodeId, through);
    if (this.#handled === through) this.#handled = null;
  }

  #onTrimFailed(error: unknown): void {
    this.#deps.logger.debug(errorFacts(error), 'handled messages could not be deleted; retrying');
  }
}
