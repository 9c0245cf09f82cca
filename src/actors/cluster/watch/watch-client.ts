import type { ScheduleTimer } from '../../../domain/clock.ts';
import { newRequestId } from '../../../domain/ids.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Subscriber } from '../../inspection/subscriber.ts';
import type { FramesMessage, NodeMessage, WatchMessage } from '../rpc/node-message.ts';
import type { NodeAddress } from '../rpc/node-rpc.ts';
import { IdleTimeout, renewMs } from './idle-timeout.ts';

export interface WatchClientDeps {
  self: () => NodeAddress;
  /** Lets another node know something, if that gets through. */
  post: (to: NodeAddress, letter: NodeMessage) => void;
  delay: ScheduleTimer;
}

interface Watching {
  watcher: Subscriber;
  silence: IdleTimeout;
  stop(): void;
}

/** Shows the sessions of other nodes here. A watch ends when its node is not heard of; what it missed is gone. */
export class WatchClient {
  readonly #deps: WatchClientDeps;
  readonly #watching = new Map<string, Watching>();

  constructor(deps: WatchClientDeps) {
    this.#deps = deps;
  }

  /** Watches a session of another node; yields how to end that. */
  watch(owner: NodeAddress, address: SessionAddress, watcher: Subscriber): () => void {
    const { self, post, delay } = this.#deps;
    const watchId = newRequestId();
    const tell = (wish: WatchMessage['wish']): void =>
      post(owner, { kind: 'watch', to: owner.incarnation, from: self(), watchId, ...address, wish });
    const endRenewal = repeat(delay, () => tell('goOn'));
    const stop = (): void => {
      if (!this.#watching.delete(watchId)) return;
      silence.callOff();
      endRenewal();
      tell('end');
    };
    const silence = new IdleTimeout(delay, () => {
      stop();
      watcher.end();
    });
    this.#watching.set(watchId, { watcher, silence, stop });
    tell('begin');
    return stop;
  }

  onFrames({ watchId, frames, state }: FramesMessage): void {
    const watching = this.#watching.get(watchId);
    if (watching === undefined) return;
    watching.silence.renew();
    for (const frame of frames) watching.watcher.frame(frame);
    if (state === 'over') this.#end(watching);
  }

  end(): void {
    for (const watching of this.#watching.values()) this.#end(watching);
  }

  #end({ watcher, stop }: Watching): void {
    stop();
    watcher.end();
  }
}

/** Does something again and again; yields how to end that. */
function repeat(delay: ScheduleTimer, task: () => void): () => void {
  const later = (): (() => void) =>
    delay(renewMs, () => {
      task();
      callOff = later();
    });
  let callOff = later();
  return () => callOff();
}
