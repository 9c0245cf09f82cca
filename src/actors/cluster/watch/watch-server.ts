import type { Logger } from 'pino';
import { type ScheduleTimer, sleep } from '../../../domain/clock.ts';
import { errorFacts, type Outcome, type Refusal, refused } from '../../../domain/errors.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { BackgroundTasks } from '../../background-tasks.ts';
import type { Frame } from '../../inspection/frame.ts';
import { FrameBuffer, type Subscriber } from '../../inspection/subscriber.ts';
import { type FramesMessage, type NodeMessage, type WatchMessage, watchWishes } from '../rpc/node-message.ts';
import type { NodeAddress } from '../rpc/node-rpc.ts';
import { IdleTimeout, keepAliveMs } from './idle-timeout.ts';

/** How long frames are collected for one message, and how many it carries at most. */
const batchMs = 100;
const maxFrames = 200;

/** Watches of other nodes at a time. */
const maxWatches = 200;

const tooMany: Refusal = {
  code: 'unavailable',
  message: 'too many sessions of this node are watched from other nodes; try again shortly',
  retryAfterMs: keepAliveMs,
};

export interface WatchServerDeps {
  /** Rejects when the store does; that ends the watch. */
  send: (to: NodeAddress, message: NodeMessage) => Promise<void>;
  watchLocal: (address: SessionAddress, subscriber: Subscriber) => Outcome<() => void>;
  background: BackgroundTasks;
  delay: ScheduleTimer;
  logger: Logger;
}

/** Sends the frames of this node's sessions to the nodes that watch them. */
export class WatchServer {
  readonly #deps: WatchServerDeps;
  readonly #watches = new Map<string, { buffer: FrameBuffer; timeout: IdleTimeout }>();
  readonly #ending = new AbortController();

  constructor(deps: WatchServerDeps) {
    this.#deps = deps;
  }

  onWatch(watch: WatchMessage): void {
    const known = this.#watches.get(watch.watchId);
    if (watch.wish === watchWishes.end) known?.buffer.end();
    else if (known !== undefined) this.#keepAlive(watch, known.timeout);
    else if (watch.wish === watchWishes.begin) this.#begin(watch);
    else this.#run(watch, this.#send(watch, [], 'over'));
  }

  end(): void {
    for (const { buffer } of this.#watches.values()) buffer.end();
    this.#ending.abort();
  }

  #keepAlive(watch: WatchMessage, timeout: IdleTimeout): void {
    timeout.renew();
    this.#run(watch, this.#send(watch, [], 'goesOn'));
  }

  #begin(watch: WatchMessage): void {
    const { organization, session, watchId } = watch;
    const buffer = new FrameBuffer(() => undefined);
    const isFull = this.#watches.size >= maxWatches;
    const begun: Outcome<() => void> = isFull
      ? refused(tooMany)
      : this.#deps.watchLocal({ organization, session }, buffer);
    if (!begun.ok) buffer.end();
    const timeout = new IdleTimeout(this.#deps.delay, () => buffer.end());
    this.#watches.set(watchId, { buffer, timeout });
    const forwarding = this.#forward(watch, buffer).finally(() => {
      if (begun.ok) begun.value();
      timeout.cancel();
      this.#watches.delete(watchId);
    });
    this.#run(watch, forwarding);
  }

  async #forward(watch: WatchMessage, buffer: FrameBuffer): Promise<void> {
    for await (const frames of buffer) {
      for (let at = 0; at < frames.length; at += maxFrames) {
        await this.#send(watch, frames.slice(at, at + maxFrames), 'goesOn');
      }
      await sleep(this.#deps.delay, batchMs, this.#ending.signal);
    }
    await this.#send(watch, [], 'over');
  }

  #send({ from, watchId }: WatchMessage, frames: Frame[], state: FramesMessage['state']): Promise<void> {
    return this.#deps.send(from, { kind: 'frames', to: from.incarnation, watchId, frames, state });
  }

  #run({ organization, session }: WatchMessage, work: Promise<void>): void {
    this.#deps.background.run(work, (error) => {
      this.#deps.logger.debug({ organization, session, ...errorFacts(error) }, 'watch of another node ended early');
    });
  }
}
