import type { Logger } from 'pino';
import { GatewayError } from '../../domain/errors.ts';
import type { Metrics, StreamKind } from '../../domain/metrics.ts';
import type { Credential, Principal } from '../../domain/principal.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { type EndReason, Stream } from './stream.ts';

export interface StreamOptions {
  /** Streams that an organization may have open at once. */
  maxPerOrganization: number;
  /** Between heartbeats of a server-sent event stream: shorter than the idle timeout of proxies. */
  heartbeatMs: number;
  /** Between checks that the reader's credential is still valid. */
  verifyMs: number;
  /** Between pings on a WebSocket, and the time to answer one. */
  pingMs: number;
  /** How long a reader may block the stream before it is ended. */
  slowReaderTimeoutMs: number;
  /** How long the connection may take to close after its stream has ended. */
  closeTimeoutMs: number;
}

const defaults: StreamOptions = {
  maxPerOrganization: 200,
  heartbeatMs: 15_000,
  verifyMs: 10_000,
  pingMs: 30_000,
  slowReaderTimeoutMs: 30_000,
  closeTimeoutMs: 2_000,
};

/** The ends with a log line of their own; the request's line covers the others. */
const logLevels: Partial<Record<EndReason, 'info' | 'warn' | 'error'>> = {
  revoked: 'info',
  slow_reader: 'warn',
  fault: 'error',
};

export interface StreamsDeps {
  metrics: Pick<Metrics, 'streams'>;
  logger: Logger;
  authenticator: Pick<Authenticator, 'stillHolds'>;
  options?: Partial<StreamOptions>;
}

/** Who reads, with the credential that is checked again while the stream is open. */
type Reader = Credential & Pick<Principal, 'organization'>;

interface StreamSource<Batch> {
  requestId: string;
  kind: StreamKind;
  /** What to send, until the stream ends. */
  batches: (stream: Stream) => Promise<AsyncIterable<Batch>>;
  /** Sends the batches; resolves when the connection is closed. */
  transport: (stream: Stream, batches: AsyncIterable<Batch>) => Promise<void>;
}

/** All open streams of this process. */
export class Streams {
  readonly options: StreamOptions;
  readonly #deps: StreamsDeps;
  readonly #open = new Map<string, Set<Stream>>();
  #closed = false;

  constructor(deps: StreamsDeps) {
    this.#deps = deps;
    this.options = { ...defaults, ...deps.options };
  }

  /**
   * Serves one reader until its connection is closed. Throws before anything is sent when there are too many streams
   * or the batches cannot be read; a later fault only ends the stream.
   */
  async serve<Batch>(reader: Reader, source: StreamSource<Batch>): Promise<void> {
    const { requestId, kind, transport } = source;
    const { metrics } = this.#deps;
    const stream = this.#admit(reader.organization);
    stream.signal.addEventListener('abort', () => this.#logEnd(stream, reader, requestId), { once: true });
    metrics.streams(kind, 1);
    try {
      const batches = await source.batches(stream);
      stream.every(this.options.verifyMs, () => this.#verify(stream, reader));
      await transport(stream, batches);
    } finally {
      metrics.streams(kind, -1);
      stream.end('left');
      this.#remove(reader.organization, stream);
    }
  }

  /** Ends all streams and refuses new ones. */
  close(): void {
    this.#closed = true;
    for (const streams of this.#open.values()) for (const stream of streams) stream.end('shutdown');
  }

  #admit(organization: string): Stream {
    if (this.#closed) throw new GatewayError({ code: 'unavailable', message: shuttingDown, retryAfterMs: 1_000 });
    const open = this.#open.get(organization) ?? new Set();
    if (open.size >= this.options.maxPerOrganization) throw tooMany(open.size);
    const stream = new Stream();
    this.#open.set(organization, open.add(stream));
    return stream;
  }

  #verify(stream: Stream, reader: Reader): void {
    this.#deps.authenticator.stillHolds(reader).then(
      (holds) => {
        if (!holds) stream.end('revoked');
      },
      // Validity that cannot be checked now is checked again at the next interval.
      () => undefined,
    );
  }

  #logEnd({ reason, cause }: Stream, { organization }: Reader, requestId: string): void {
    const level = reason === null ? undefined : logLevels[reason];
    if (level === undefined) return;
    this.#deps.logger[level]({ reason, requestId, organization, err: cause }, 'event stream ended');
  }

  #remove(organization: string, stream: Stream): void {
    const open = this.#open.get(organization);
    open?.delete(stream);
    if (open?.size === 0) this.#open.delete(organization);
  }
}

const shuttingDown = 'the gateway is shutting down; reconnect later';

function tooMany(limit: number): GatewayError {
  const message = `too many event streams: the organization already has ${limit} open; close one first`;
  return new GatewayError({ code: 'queue_full', message, details: { limit }, retryAfterMs: 5_000 });
}
