import assert from 'node:assert/strict';
import { it, type TestOptions } from 'node:test';
import type { Key, LogSlice, Store } from '../../../src/store/contract.ts';
import type { OpenStore } from './contract.ts';
import { append, drain, numbered, put, TestClock, textsOf } from './support.ts';

const log: Key = ['acme', 'events'];
/** A wake-up that is missed shows as a follower that never ends. */
const bounded: TestOptions = { timeout: 10_000 };

export function describeFollow(open: OpenStore): void {
  describeCatchingUp(open);
  describeGaps(open);
  describeEnding(open);
}

function describeCatchingUp(open: OpenStore): void {
  it('follows a log from its oldest entry on, in bounded slices, and then live', bounded, async () => {
    await using subject = await open(new TestClock());
    await append(subject.store, log, numbered(1500));
    const follower = Follower.start(subject.store);

    await follower.until(1500);
    await append(subject.store, log, ['1501']);
    await follower.until(1501);
    await append(subject.store, log, ['1502', '1503']);
    await follower.until(1503);

    assert.deepEqual(await follower.stop(), numbered(1503));
    assert.ok(follower.slices.every(({ entries }) => entries.length > 0 && entries.length <= 1000));
  });

  it('follows from a cursor on, and a log that does not exist yet', bounded, async () => {
    await using subject = await open(new TestClock());
    const early = Follower.start(subject.store);
    const cursors = await append(subject.store, log, numbered(3));
    const late = Follower.start(subject.store, cursors[1]);

    await Promise.all([early.until(3), late.until(1)]);

    assert.deepEqual(await early.stop(), ['1', '2', '3']);
    assert.deepEqual(await late.stop(), ['3']);
  });

  it('misses and repeats nothing while many append at once, for each of several followers', bounded, async () => {
    await using subject = await open(new TestClock());
    const followers = [Follower.start(subject.store)];

    await Promise.all(numbered(10).map((writer) => appendTimes(subject.store, writer, 30)));
    followers.push(Follower.start(subject.store));
    await Promise.all(numbered(10).map((writer) => appendTimes(subject.store, writer, 30)));

    const { entries } = await subject.store.read(log, { limit: 1000 });
    assert.equal(entries.length, 600);
    for (const follower of followers) {
      await follower.until(600);
      assert.deepEqual(await follower.stop(), textsOf({ entries, trimmedThrough: null }));
    }
  });

  it('yields nothing of other logs or of entries', bounded, async () => {
    await using subject = await open(new TestClock());
    const follower = Follower.start(subject.store);

    await append(subject.store, ['acme', 'events', 'more'], ['other']);
    await put(subject.store, log, 'entry');
    await append(subject.store, log, ['mine']);
    await follower.until(1);

    assert.deepEqual(await follower.stop(), ['mine']);
    assert.equal(follower.slices.length, 1);
  });
}

async function appendTimes(store: Store, writer: string, times: number): Promise<void> {
  for (const count of numbered(times)) await append(store, log, [`${writer}-${count}`]);
}

function describeGaps(open: OpenStore): void {
  it('tells a follower whose cursor was trimmed away how far', bounded, async () => {
    await using subject = await open(new TestClock());
    const cursors = await append(subject.store, log, numbered(10), 4);
    const follower = Follower.start(subject.store, cursors[0]);

    await follower.until(4);

    assert.deepEqual(await follower.stop(), ['7', '8', '9', '10']);
    assert.equal(follower.slices[0]?.trimmedThrough, cursors[5]);
  });

  it('tells of a gap once, also when nothing is left to read', bounded, async () => {
    await using subject = await open(new TestClock());
    const cursors = await append(subject.store, log, numbered(3));
    const follower = Follower.start(subject.store, cursors[0]);
    await follower.until(2);

    const [fourth] = await append(subject.store, log, ['4'], 0);
    await follower.untilSlices(2);
    await append(subject.store, log, ['5'], 10);
    await follower.until(3);

    assert.deepEqual(await follower.stop(), ['2', '3', '5']);
    assert.deepEqual(follower.slices[1], { entries: [], trimmedThrough: fourth });
    assert.equal(follower.slices.length, 3);
  });
}

function describeEnding(open: OpenStore): void {
  it('ends without a throw when the signal aborts, waiting or not yet begun', bounded, async () => {
    await using subject = await open(new TestClock());
    await append(subject.store, log, ['1']);
    const follower = Follower.start(subject.store);
    await follower.until(1);

    assert.deepEqual(await follower.stop(), ['1']);
    assert.deepEqual(await drain(subject.store.follow(log, { signal: AbortSignal.abort() })), []);
  });

  it('ends when its reader breaks off', bounded, async () => {
    await using subject = await open(new TestClock());
    await append(subject.store, log, ['1']);

    for await (const slice of subject.store.follow(log, { signal: new AbortController().signal })) {
      assert.deepEqual(textsOf(slice), ['1']);
      break;
    }
  });

  it('ends all followers when the store is disposed', bounded, async () => {
    await using subject = await open(new TestClock());
    const followers = [Follower.start(subject.store), Follower.start(subject.store)];
    await append(subject.store, log, ['1']);
    await Promise.all(followers.map((follower) => follower.until(1)));

    await subject.store[Symbol.asyncDispose]();

    for (const follower of followers) assert.deepEqual(await follower.ended(), ['1']);
  });
}

/** Reads a log in the background and keeps what it gets. */
class Follower {
  readonly slices: LogSlice[] = [];
  readonly #abort = new AbortController();
  readonly #reading: Promise<void>;
  #grown = Promise.withResolvers<void>();

  static start(store: Store, after?: string): Follower {
    return new Follower(store, after);
  }

  private constructor(store: Store, after?: string) {
    const options = { signal: this.#abort.signal, ...(after === undefined ? {} : { after }) };
    this.#reading = this.#collect(store.follow(log, options));
  }

  /** Waits until that many entries were read. */
  async until(count: number): Promise<void> {
    while (this.#texts().length < count) await this.#growth();
  }

  async untilSlices(count: number): Promise<void> {
    while (this.slices.length < count) await this.#growth();
  }

  /** Aborts, and gives all that was read. */
  stop(): Promise<string[]> {
    this.#abort.abort();
    return this.ended();
  }

  /** All that was read, once the follower has ended by itself. */
  async ended(): Promise<string[]> {
    await this.#reading;
    return this.#texts();
  }

  async #collect(source: AsyncIterable<LogSlice>): Promise<void> {
    for await (const slice of source) {
      this.slices.push(slice);
      this.#grown.resolve();
      this.#grown = Promise.withResolvers();
    }
  }

  #growth(): Promise<void> {
    const ended = this.#reading.then(() => assert.fail('the follower ended too early'));
    return Promise.race([this.#grown.promise, ended]);
  }

  #texts(): string[] {
    return this.slices.flatMap(textsOf);
  }
}
