import type { Frame } from './frame.ts';

/** Whoever looks at a session. Neither may throw: both are called in the middle of the session's own work. */
export interface Subscriber {
  frame(frame: Frame): void;
  /** There is nothing more to come. */
  end(): void;
}

/** Frames that may wait for a reader; some hundred come with a busy second. */
const maxWaiting = 1_000;

/** The frames of a session on their way to one reader. */
export class FrameBuffer implements Subscriber, AsyncIterable<Frame[]> {
  readonly #onOverrun: () => void;
  #waiting: Frame[] = [];
  #state: 'open' | 'ended' = 'open';
  #wake: () => void = () => undefined;

  /** `onOverrun` is called once, when the reader is too slow; nothing comes after that. */
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

  /** What has come since the last look, all at once; ends behind the last frame. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Frame[], void> {
    for (;;) {
      if (this.#waiting.length === 0 && this.#state === 'open') await this.#news();
      const frames = this.#waiting;
      if (frames.length === 0) return;
      this.#waiting = [];
      yield frames;
    }
  }

  #news(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }
}
