import type { Logger } from 'pino';
import { type ScheduleTimer, sleep } from '../../../domain/clock.ts';
import { errorFacts } from '../../../domain/errors.ts';
import type { NodeMailbox } from '../../../store/records/cluster/node-mailbox.ts';
import type { BackgroundTasks } from '../../background-tasks.ts';
import type { NodeMessage } from './node-message.ts';

const retryMs = 200;

/** How long letters stay that were handled, so that one commit deletes many. */
const trimMs = 1_000;

export interface MailboxReaderDeps {
  mail: Pick<NodeMailbox<NodeMessage>, 'tail' | 'receive' | 'trim'>;
  nodeId: string;
  onLetter: (letter: NodeMessage) => void;
  background: BackgroundTasks;
  delay: ScheduleTimer;
  logger: Logger;
}

/**
 * Hands out the letters to this node, each once, and deletes those that were handed out. What a process was handed and
 * has not finished when it is killed is for nobody any more, deleted or not: the node comes back under another
 * incarnation, and those who have asked take their requests back.
 */
export class MailboxReader {
  readonly #deps: MailboxReaderDeps;
  readonly #ending = new AbortController();
  #reading: Promise<void> = Promise.resolve();
  /** Where the letters end that are to be deleted; null when none are. */
  #handled: string | null = null;
  #callOffTrim: (() => void) | null = null;

  constructor(deps: MailboxReaderDeps) {
    this.#deps = deps;
  }

  /** Begins after the letters to earlier lives of this node, which are deleted. Rejects when the store cannot be asked. */
  async start(): Promise<void> {
    const { mail, nodeId } = this.#deps;
    const after = await mail.tail(nodeId);
    if (after !== null) this.#onHandled(after);
    this.#reading = this.#read(after);
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#reading;
    this.#callOffTrim?.();
    await this.#trim().catch((error: unknown) => this.#onUntrimmed(error));
  }

  async #read(from: string | null): Promise<void> {
    const { mail, nodeId, onLetter, delay, logger } = this.#deps;
    const { signal } = this.#ending;
    let after = from;
    while (!signal.aborted) {
      try {
        for await (const { letters, cursor } of mail.receive(nodeId, { after, signal })) {
          after = cursor;
          for (const letter of letters) onLetter(letter);
          this.#onHandled(cursor);
        }
      } catch (error) {
        logger.debug(errorFacts(error), 'the letters of other nodes cannot be read at the moment');
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
    this.#callOffTrim ??= delay(trimMs, () => {
      this.#callOffTrim = null;
      background.run(this.#trim(), (error) => {
        this.#onUntrimmed(error);
        if (!this.#ending.signal.aborted) this.#trimLater();
      });
    });
  }

  async #trim(): Promise<void> {
    const through = this.#handled;
    if (through === null) return;
    await this.#deps.mail.trim(this.#deps.nodeId, through);
    if (this.#handled === through) this.#handled = null;
  }

  #onUntrimmed(error: unknown): void {
    this.#deps.logger.debug(errorFacts(error), 'the letters that were read cannot be deleted at the moment');
  }
}
