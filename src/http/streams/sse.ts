import type { ServerResponse } from 'node:http';
import { pump, type Sink } from './pump.ts';
import type { Stream } from './stream.ts';
import type { StreamOptions } from './streams.ts';
import type { Batch } from './subscription.ts';

/** How soon a browser is to come back after a stream has ended. */
const retryMs = 1_000;

/**
 * Sends batches as server-sent events (WHATWG HTML 9.2), as the whole of an answer. Positions that the reader gets no
 * event for are told with an `id` alone: it is no event, but it is where a browser resumes, so that neither a stream
 * on which nothing has happened yet nor one whose filter passes little has to begin again from elsewhere.
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
  const outlet = new SseOutlet(response);
  stream.every(options.heartbeatMs, () => outlet.beat());
  await pump(stream, batches, outlet, options.patienceMs);
  end(response, stream, options.lastWordsMs);
  await closed;
}

function begin(response: ServerResponse): void {
  // Nothing comes behind the stream.
  response.shouldKeepAlive = false;
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  response.write(`retry: ${retryMs}\n\n`);
}

/** A reader that is not reading gets no last words. */
function end(response: ServerResponse, { reason }: Stream, lastWordsMs: number): void {
  if (response.destroyed) return;
  if (reason === 'slow_reader' || reason === 'fault') {
    response.destroy();
    return;
  }
  response.end();
  const deadline = setTimeout(() => response.destroy(), lastWordsMs);
  response.once('close', () => clearTimeout(deadline));
}

class SseOutlet implements Sink<Batch> {
  readonly sink: ServerResponse;
  /** How far the stream has come. */
  #reached: string | null = null;
  /** The position that the reader would resume from. */
  #told: string | null = null;

  constructor(response: ServerResponse) {
    this.sink = response;
  }

  *write({ envelopes, position }: Batch): Generator<undefined> {
    for (const envelope of envelopes) {
      this.#reached = envelope.id;
      this.#told = envelope.id;
      this.sink.write(`id: ${envelope.id}\nevent: ${envelope.event}\ndata: ${JSON.stringify(envelope)}\n\n`);
      yield;
    }
    this.#reached = position;
    if (this.#told === null) this.#tell(position);
  }

  /** A sign of life, for proxies that cut connections on which nothing happens. */
  beat(): void {
    if (this.sink.writableNeedDrain) return;
    this.sink.write(':\n\n');
    if (this.#reached !== null && this.#reached !== this.#told) this.#tell(this.#reached);
  }

  #tell(position: string): void {
    this.#told = position;
    this.sink.write(`id: ${position}\n\n`);
  }
}
