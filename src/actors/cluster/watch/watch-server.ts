import type { Logger } from 'pino';
import { type ScheduleTimer, sleep } from '../../../domain/clock.ts';
import { errorFacts, type Outcome, type Refusal, refused } from '../../../domain/errors.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { BackgroundTasks } from '../../background-tasks.ts';
import type { Frame } from '../../inspection/frame.ts';
import { FrameBuffer, type Subscriber } from '../../inspection/subscriber.ts';
import type { FramesMessage, NodeMessage, WatchMessage } from '../rpc/node-message.ts';
import type { NodeAddress } from '../rpc/node-rpc.ts';
import { IdleTimeout, renewMs } from './idle-timeout.ts';

/** How long frames are gathered for one letter, and how many it holds. */
const gatherMs = 100;
const maxFrames = 200;

/** Watches that other nodes may have at once. */
const maxServed = 200;

const tooMany: Refusal = {
  code: 'unavailable',
  message: 'too many sessions of this node are watched from other nodes',
  retryAfterMs: renewMs,
};

export interface WatchServerDeps {
  /** Rejects when the store does; then the watch is over. */
  send: (to: NodeAddress, letter: NodeMessage) => Promise<void>;
  /** Watches a session of this node. */
  watchHere: (address: SessionAddress, watcher: Subscriber) => Outcome<() => void>;
  background: BackgroundTasks;
  delay: ScheduleTimer;
  logger: Logger;
}

/** Shows the sessions of this node to others. */
export class WatchServer {
  readonly #deps: WatchServerDeps;
  readonly #served = new Map<string, { queue: FrameBuffer; silence: IdleTimeout }>();
  readonly #ending = new AbortController();

  constructor(deps: WatchServerDeps) {
    this.#deps = deps;
  }

  onWatch(watch: WatchMessage): void {
    const served = this.#served.get(watch.watchId);
    if (watch.wish === 'end') served?.queue.end();
    else if (served !== undefined) this.#goOn(watch, served.silence);
    else if (watch.wish === 'begin') this.#begin(watch);
    else this.#run(watch, this.#send(watch, [], 'over'));
  }

  end(): void {
    for (const { queue } of this.#served.values()) queue.end();
    this.#ending.abort();
  }

  #goOn(watch: WatchMessage, silence: IdleTimeout): void {
    silence.renew();
    this.#run(watch, this.#send(watch, [], 'goesOn'));
  }

  #begin(watch: WatchMessage): void {
    const { organization, session, watchId } = watch;
    const queue = new FrameBuffer(() => undefined);
    const isFull = this.#served.size >= maxServed;
    const begun: Outcome<() => void> = isFull
      ? refused(tooMany)
      : this.#deps.watchHere({ organization, session }, queue);
    if (!begun.ok) queue.end();
    const silence = new IdleTimeout(this.#deps.delay, () => queue.end());
    this.#served.set(watchId, { queue, silence });
    const forwarding = this.#forward(watch, queue).finally(() => {
      if (begun.ok) begun.value();
      silence.callOff();
      this.#served.delete(watchId);
    });
    this.#run(watch, forwarding);
  }

  async #forward(watch: WatchMessage, queue: FrameBuffer): Promise<void> {
    for await (const frames of queue) {
      for (let at = 0; at < frames.length; at += maxFrames) {
        await this.#send(watch, frames.slice(at, at + maxFrames), 'goesOn');
      }
      await sleep(this.#deps.delay, gatherMs, this.#ending.signal);
    }
    await this.#send(watch, [], 'over');
  }

  #send({ from, watchId }: WatchMessage, frames: Frame[], state: FramesMessage['state']): Promise<void> {
    return this.#deps.send(from, { kind: 'frames', to: from.incarnation, watchId, frames, state });
  }

  #run({ organization, session }: WatchMessage, work: Promise<void>): void {
    this.#deps.background.run(work, (error) => {
      this.#deps.logger.debug({ organization, session, ...errorFacts(error) }, 'a watch has ended early');
    });
  }
}
