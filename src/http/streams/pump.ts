import type { Writable } from 'node:stream';
import type { Stream } from './stream.ts';

/** The writing end of a stream. */
export interface Sink<Batch> {
  /** What becomes full and drains. */
  sink: Writable;
  /** Writes a batch piece by piece, and yields where it can wait until there is room. */
  write(batch: Batch): Iterable<unknown>;
}

/**
 * Writes batches as fast as the reader takes them, until the stream ends. A reader that does not make room in time
 * ends it, and nobody else is held up by that.
 */
export async function pump<Batch>(
  stream: Stream,
  batches: AsyncIterable<Batch>,
  outlet: Sink<Batch>,
  patienceMs: number,
): Promise<void> {
  try {
    for await (const batch of batches) {
      for (const _ of outlet.write(batch)) {
        if (outlet.sink.writableNeedDrain) await room(stream, outlet.sink, patienceMs);
        if (stream.signal.aborted) return;
      }
    }
    // What is followed ends only with the process that it is in.
    stream.end('shutdown');
  } catch (error) {
    stream.end('fault', error);
  }
}

/** Resolves when the sink has drained, or the stream has ended for whatever reason. */
async function room(stream: Stream, sink: Writable, patienceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const patience = setTimeout(() => stream.end('slow_reader'), patienceMs);
  const onAbort = () => resolve();
  sink.once('drain', resolve);
  stream.signal.addEventListener('abort', onAbort);
  await promise;
  stream.signal.removeEventListener('abort', onAbort);
  sink.off('drain', resolve);
  clearTimeout(patience);
}
