import type { ScheduleTimer } from '../../../domain/clock.ts';
import { newRequestId } from '../../../domain/ids.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Subscriber } from '../../inspection/subscriber.ts';
import { type FramesMessage, type NodeMessage, type WatchMessage, watchWishes } from '../rpc/node-message.ts';
import type { NodeAddress } from '../rpc/node-rpc.ts';
import { IdleTimeout, keepAliveMs } from './idle-timeout.ts';

export interface WatchClientDeps {
  self: () => NodeAddress;
  /** Sends a message to another node; it may get lost. */
  post: (to: NodeAddress, message: NodeMessage) => void;
  delay: ScheduleTimer;
}

interface Watch {
  subscriber: Subscriber;
  timeout: IdleTimeout;
  stop(): void;
}

/** Watches sessions of other nodes. A watch ends when its node falls silent; frames may be lost on the way. */
export class WatchClient {
  readonly #deps: WatchClientDeps;
  readonly #watches = new Map<string, Watch>();

  constructor(deps: WatchClientDeps) {
    this.#deps = deps;
  }

  /** Forwards the frames of a remote session to the subscriber; yields a function that ends that. */
  watch(owner: NodeAddress, address: SessionAddress, subscriber: Subscriber): () => void {
    const { self, post, delay } = this.#deps;
    const watchId = newRequestId();
    const send = (wish: WatchMessage['wish']): void =>
      post(owner, { kind: 'watch', to: owner.incarnation, from: self(), watchId, ...address, wish });
    const stopKeepAlive = repeat(delay, () => send(watchWishes.keepAlive));
    const stop = (): void => {
      if (!this.#watches.delete(watchId)) return;
      timeout.cancel();
      stopKeepAlive();
      send(watchWishes.end);
    };
    const timeout = new IdleTimeout(delay, () => {
      stop();
      subscriber.end();
    });
    this.#watches.set(watchId, { subscriber, timeout, stop });
    send(watchWishes.begin);
    return stop;
  }

  onFrames({ watchId, frames, state }: FramesMessage): void {
    const watch = this.#watches.get(watchId);
    if (watch === undefined) return;
    watch.timeout.renew();
    for (const frame of frames) watch.subscriber.frame(frame);
    if (state === 'over') this.#end(watch);
  }

  end(): void {
    for (const watch of this.#watches.values()) this.#end(watch);
  }

  #end({ subscriber, stop }: Watch): void {
    stop();
    subscriber.end();
  }
}

/** Runs a task periodically; yields a function that ends that. */
function repeat(delay: ScheduleTimer, task: () => void): () => void {
  const schedule = (): (() => void) =>
    delay(keepAliveMs, () => {
      task();
      cancel = schedule();
    });
  let cancel = schedule();
  return () => cancel();
}
