import type { Frame } from './frame.ts';

/** Receives the frames of one session. Neither method may throw: both are called while the session's actor runs. */
export interface Subscriber {
  frame(frame: Frame): void;
  /** No further frame follows. */
  end(): void;
}

/** Frames that may wait for a reader; a busy second yields some hundred. */
const maxWaiting = 1_000;

/** A bounded buffer of the frames for one reader. */
export class FrameBuffer implements Subscriber, AsyncIterable<Frame[]> {
  readonly #onOverrun: () => void;
  #waiting: Frame[] = [];
  #state: 'open' | 'ended' = 'open';
  #wake: () => void = () => undefined;

  /** @param onOverrun called once, when the reader is too slow; no further frame follows */
  constructor(onOverrun: () => void) {
    this.#onOverrun = onOverrun;
  }

  frame(frame: Frame): void {
    if (this.#state === 'ended') return;
    if (this.#waiting.length === maxWaiting) {
      this.#waiting = [];
      this.end();
      this.#onOverrun();
      return;
    }
    this.#waiting.push(frame);
    this.#wake();
  }

  end(): void {
    this.#state = 'ended';
    this.#wake();
  }

  /** Yields the frames that arrived since the last iteration, together; ends after the last frame. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Frame[], void> {
    for (;;) {
      if (this.#waiting.length === 0 && this.#state === 'open') await this.#wait();
      const frames = this.#waiting;
      if (frames.length === 0) return;
      this.#waiting = [];
      yield frames;
    }
  }

  #wait(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }
}
