import type { Frame } from './frame.ts';
import type { Subscriber } from './subscriber.ts';

/** A session's actors as frames: their present state, and what they do from now on until `follow`'s result is called. */
export interface InspectionView {
  present: () => Frame[];
  follow: (onFrame: (frame: Frame) => void) => () => void;
}

/** Broadcasts the frames of one session. Each is made once for all subscribers, and none without subscribers. */
export class InspectionBroadcast {
  readonly #view: InspectionView;
  readonly #subscribers = new Set<Subscriber>();
  #unfollow: (() => void) | null = null;

  constructor(view: InspectionView) {
    this.#view = view;
  }

  /** Sends the present actors and their states first; yields a function that ends the subscription. */
  add(subscriber: Subscriber): () => void {
    for (const frame of this.#view.present()) subscriber.frame(frame);
    this.#subscribers.add(subscriber);
    this.#unfollow ??= this.#view.follow((frame) => {
      for (const each of this.#subscribers) each.frame(frame);
    });
    return () => {
      this.#subscribers.delete(subscriber);
      if (this.#subscribers.size === 0) this.#unsubscribe();
    };
  }

  /** Ends all subscriptions: the session's actor ends. */
  end(): void {
    for (const subscriber of this.#subscribers) subscriber.end();
    this.#subscribers.clear();
    this.#unsubscribe();
  }

  #unsubscribe(): void {
    this.#unfollow?.();
    this.#unfollow = null;
  }
}
