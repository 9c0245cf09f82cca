import type { Writable } from 'node:stream';
import type { Envelope } from './envelope.ts';
import type { Stream } from './stream.ts';
import type { Batch } from './subscription.ts';

/** The writing end of a stream. */
export interface Outlet {
  /** What becomes full and drains. */
  sink: Writable;
  write(envelope: Envelope): void;
  /** Everything up to this position was written. */
  reached(position: string): void;
}

/**
 * Writes batches as fast as the reader takes them, until the stream ends. A reader that does not make room in time
 * ends it, and nobody else is held up by that.
 */
export async function deliver(
  stream: Stream,
  batches: AsyncIterable<Batch>,
  outlet: Outlet,
  patienceMs: number,
): Promise<void> {
  try {
    for await (const { envelopes, position } of batches) {
      for (const envelope of envelopes) {
        outlet.write(envelope);
        if (outlet.sink.writableNeedDrain) await room(stream, outlet.sink, patienceMs);
        if (stream.signal.aborted) return;
      }
      outlet.reached(position);
    }
    // A log that is followed ends only with the store.
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
