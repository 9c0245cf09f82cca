import type { Logger } from 'pino';
import type { ScheduleTimer } from '../../../domain/clock.ts';
import { errorFacts } from '../../../domain/errors.ts';
import type { NodeMailbox } from '../../../store/records/cluster/node-mailbox.ts';
import type { BackgroundTasks } from '../../background-tasks.ts';
import type { Membership } from '../membership/membership.ts';

/** Interval between cleanups. */
const intervalMs = 60_000;

export interface MailboxCleanupDeps {
  mailbox: Pick<NodeMailbox<object>, 'tidy'>;
  membership: Pick<Membership, 'nodeId' | 'liveNodes'>;
  background: BackgroundTasks;
  delay: ScheduleTimer;
  logger: Logger;
}

/** Periodically empties the mailboxes of dead nodes. */
export class MailboxCleanup {
  readonly #deps: MailboxCleanupDeps;
  #cancel: () => void = () => undefined;

  constructor(deps: MailboxCleanupDeps) {
    this.#deps = deps;
  }

  /** Rejects when the first cleanup does. */
  async start(): Promise<void> {
    await this.#run();
    this.#schedule();
  }

  end(): void {
    this.#cancel();
  }

  #schedule(): void {
    const { background, delay, logger } = this.#deps;
    this.#cancel = delay(intervalMs, () => {
      background.run(this.#run(), (error) =>
        logger.debug(errorFacts(error), 'mailboxes of dead nodes could not be emptied; retrying'),
      );
      this.#schedule();
    });
  }

  #run(): Promise<void> {
    const { mailbox, membership } = this.#deps;
    const liveIds = async () => new Set((await membership.liveNodes()).map(({ nodeId }) => nodeId));
    return mailbox.tidy(membership.nodeId, liveIds);
  }
}
