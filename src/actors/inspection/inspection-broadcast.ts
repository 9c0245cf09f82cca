import type { Frame } from './frame.ts';
import type { Subscriber } from './subscriber.ts';

/** Shows a session: calls back with its actors as they are, then with what they do; yields how to end that. */
export interface InspectionView {
  present: () => Frame[];
  follow: (onFrame: (frame: Frame) => void) => () => void;
}

/** Whoever watches one session. Each frame is made once, for all of them; while nobody watches there are none. */
export class InspectionBroadcast {
  readonly #view: InspectionView;
  readonly #watchers = new Set<Subscriber>();
  #unfollow: (() => void) | null = null;

  constructor(view: InspectionView) {
    this.#view = view;
  }

  /** Begins with the actors that there are and the state they are in; yields how to leave. */
  add(watcher: Subscriber): () => void {
    for (const frame of this.#view.present()) watcher.frame(frame);
    this.#watchers.add(watcher);
    this.#unfollow ??= this.#view.follow((frame) => {
      for (const each of this.#watchers) each.frame(frame);
    });
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#rest();
    };
  }

  /** There is nothing more to see. */
  end(): void {
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
    this.#rest();
  }

  #rest(): void {
    this.#unfollow?.();
    this.#unfollow = null;
  }
}
