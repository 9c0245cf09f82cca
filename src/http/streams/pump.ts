import type { Writable } from 'node:stream';
import type { Stream } from './stream.ts';

/** The writing end of a stream. */
export interface Sink<Batch> {
  /** Where the bytes go; it signals backpressure. */
  writable: Writable;
  /** Writes a batch piece by piece, and yields after each piece so that the writer can wait for the drain. */
  write(batch: Batch): Iterable<unknown>;
}

/** Writes batches as fast as the reader takes them, until the stream ends. A reader that is too slow ends it. */
export async function pump<Batch>(
  stream: Stream,
  batches: AsyncIterable<Batch>,
  sink: Sink<Batch>,
  slowReaderTimeoutMs: number,
): Promise<void> {
  try {
    for await (const batch of batches) {
      for (const _ of sink.write(batch)) {
        if (sink.writable.writableNeedDrain) await waitForDrain(stream, sink.writable, slowReaderTimeoutMs);
        if (stream.signal.aborted) return;
      }
    }
    // The sources of the streams end only when the process does.
    stream.end('shutdown');
  } catch (error) {
    stream.end('fault', error);
  }
}

/** Resolves when the writable has drained, or the stream has ended for whatever reason. */
async function waitForDrain(stream: Stream, writable: Writable, slowReaderTimeoutMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timeout = setTimeout(() => stream.end('slow_reader'), slowReaderTimeoutMs);
  const onAbort = () => resolve();
  writable.once('drain', resolve);
  stream.signal.addEventListener('abort', onAbort);
  await promise;
  stream.signal.removeEventListener('abort', onAbort);
  writable.off('drain', resolve);
  clearTimeout(timeout);
}
