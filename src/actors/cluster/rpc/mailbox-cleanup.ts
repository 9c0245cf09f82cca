import type { Logger } from 'pino';
import type { ScheduleTimer } from '../../../domain/clock.ts';
import { errorFacts } from '../../../domain/errors.ts';
import type { NodeMailbox } from '../../../store/records/cluster/node-mailbox.ts';
import type { BackgroundTasks } from '../../background-tasks.ts';
import type { Membership } from '../membership/membership.ts';

/** How soon the mailbox of a node that is gone is emptied. */
const intervalMs = 60_000;

export interface MailboxCleanupDeps {
  mail: Pick<NodeMailbox<object>, 'tidy'>;
  membership: Pick<Membership, 'nodeId' | 'living'>;
  background: BackgroundTasks;
  delay: ScheduleTimer;
  logger: Logger;
}

/** Empties the mailboxes of nodes that are gone, again and again. */
export class MailboxCleanup {
  readonly #deps: MailboxCleanupDeps;
  #callOff: () => void = () => undefined;

  constructor(deps: MailboxCleanupDeps) {
    this.#deps = deps;
  }

  /** Rejects when the store cannot be asked the first time. */
  async start(): Promise<void> {
    await this.#run();
    this.#runLater();
  }

  end(): void {
    this.#callOff();
  }

  #runLater(): void {
    const { background, delay, logger } = this.#deps;
    this.#callOff = delay(intervalMs, () => {
      background.run(this.#run(), (error) =>
        logger.debug(errorFacts(error), 'the mailboxes of nodes that are gone cannot be emptied at the moment'),
      );
      this.#runLater();
    });
  }

  #run(): Promise<void> {
    const { mail, membership } = this.#deps;
    return mail.tidy(membership.nodeId, async () => new Set((await membership.living()).map(({ nodeId }) => nodeId)));
  }
}
