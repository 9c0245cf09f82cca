import type { ServerResponse } from 'node:http';
import { pump, type Sink } from './pump.ts';
import type { Stream } from './stream.ts';
import type { StreamOptions } from './streams.ts';
import type { Batch } from './subscription.ts';

/** How soon a browser reconnects after a stream has ended. */
const retryMs = 1_000;

/**
 * Sends batches as server-sent events (WHATWG HTML 9.2); they are the whole response. Positions without an event for
 * this reader are sent as an `id` alone: it is not an event, but a browser resumes from it, so that a quiet stream and
 * one with a narrow filter resume where they were.
 */
export async function sendEvents(
  response: ServerResponse,
  stream: Stream,
  batches: AsyncIterable<Batch>,
  options: StreamOptions,
): Promise<void> {
  if (response.destroyed) return;
  response.once('close', () => stream.end('left'));
  const { promise: closed, resolve: onClose } = Promise.withResolvers<void>();
  response.once('close', onClose);
  begin(response);
  if (response.req.method === 'HEAD') stream.end('left');
  const sink = new SseSink(response);
  stream.every(options.heartbeatMs, () => sink.sendHeartbeat());
  await pump(stream, batches, sink, options.slowReaderTimeoutMs);
  end(response, stream, options.closeTimeoutMs);
  await closed;
}

function begin(response: ServerResponse): void {
  // The response never ends in a way that the connection could be reused.
  response.shouldKeepAlive = false;
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  response.write(`retry: ${retryMs}\n\n`);
}

/** A slow reader would never read a clean end, so its connection is cut. */
function end(response: ServerResponse, { reason }: Stream, closeTimeoutMs: number): void {
  if (response.destroyed) return;
  if (reason === 'slow_reader' || reason === 'fault') {
    response.destroy();
    return;
  }
  response.end();
  const deadline = setTimeout(() => response.destroy(), closeTimeoutMs);
  response.once('close', () => clearTimeout(deadline));
}

class SseSink implements Sink<Batch> {
  readonly writable: ServerResponse;
  /** How far the stream has come. */
  #position: string | null = null;
  /** The last position sent, from which the reader would resume. */
  #sentPosition: string | null = null;

  constructor(response: ServerResponse) {
    this.writable = response;
  }

  *write({ envelopes, position }: Batch): Generator<undefined> {
    for (const envelope of envelopes) {
      this.#position = envelope.id;
      this.#sentPosition = envelope.id;
      this.writable.write(`id: ${envelope.id}\nevent: ${envelope.event}\ndata: ${JSON.stringify(envelope)}\n\n`);
      yield;
    }
    this.#position = position;
    if (this.#sentPosition === null) this.#sendPosition(position);
  }

  /** For proxies that close idle connections. */
  sendHeartbeat(): void {
    if (this.writable.writableNeedDrain) return;
    this.writable.write(':\n\n');
    if (this.#position !== null && this.#position !== this.#sentPosition) this.#sendPosition(this.#position);
  }

  #sendPosition(position: string): void {
    this.#sentPosition = position;
    this.writable.write(`id: ${position}\n\n`);
  }
}
