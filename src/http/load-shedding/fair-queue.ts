/** Queued items by key. Items are taken round-robin by key, the oldest of each key first. */
export class FairQueue<T> {
  /** The key that is served next comes first. */
  readonly #queues = new Map<string, T[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(key: string, item: T): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [item]);
    else queue.push(item);
    this.#length += 1;
  }

  /** Removes the next item and returns it; undefined when the queue is empty. */
  next(): T | undefined {
    for (const [key, queue] of this.#queues) {
      const item = queue.shift();
      // Setting the key again moves it to the end.
      this.#queues.delete(key);
      if (queue.length > 0) this.#queues.set(key, queue);
      this.#length -= 1;
      return item;
    }
    return undefined;
  }

  /** Removes the newest item of the longest queue and returns it: a flood of one key never displaces another key. */
  evict(): T | undefined {
    let longest: { key: string; queue: T[] } | undefined;
    for (const [key, queue] of this.#queues) {
      if (longest === undefined || queue.length > longest.queue.length) longest = { key, queue };
    }
    if (longest === undefined) return undefined;
    const item = longest.queue.pop();
    if (longest.queue.length === 0) this.#queues.delete(longest.key);
    this.#length -= 1;
    return item;
  }
}
