import type { Logger } from 'pino';
import { GatewayError } from '../../domain/errors.ts';
import type { Metrics, StreamKind } from '../../domain/metrics.ts';
import type { Credential, Principal } from '../../domain/principal.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { type EndReason, Stream } from './stream.ts';

export interface StreamOptions {
  /** Streams that an organization may have open at once. */
  maxPerOrganization: number;
  /** Time between the signs of life of a server-sent stream: less than proxies wait before they cut a silent one. */
  heartbeatMs: number;
  /** Time between the questions whether what the reader was let in by still holds. */
  verifyMs: number;
  /** Time between pings on a WebSocket, and the time to answer one. */
  pingMs: number;
  /** How long a reader may take to make room. */
  patienceMs: number;
  /** How long a connection may take to close once its stream has ended. */
  lastWordsMs: number;
}

const defaults: StreamOptions = {
  maxPerOrganization: 200,
  heartbeatMs: 15_000,
  verifyMs: 10_000,
  pingMs: 30_000,
  patienceMs: 30_000,
  lastWordsMs: 2_000,
};

/** The ends that somebody wants to know of; for the others there is the line of the request. */
const loggedAs: Partial<Record<EndReason, 'info' | 'warn' | 'error'>> = {
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

/** Whoever reads, by what they were let in with. */
type Reader = Credential & Pick<Principal, 'organization'>;

/** How a reader is served. */
interface Serving<Batch> {
  requestId: string;
  kind: StreamKind;
  /** What the reader is to get, until the stream ends. */
  batches: (stream: Stream) => Promise<AsyncIterable<Batch>>;
  /** Brings it there; resolves when the connection is gone. */
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
   * Serves one reader as long as its connection lasts. Throws, with nothing sent yet, when there are too many streams
   * or what is wanted cannot be read; a fault later on only ends the stream.
   */
  async serve<Batch>(reader: Reader, serving: Serving<Batch>): Promise<void> {
    const { requestId, kind, transport } = serving;
    const { metrics } = this.#deps;
    const stream = this.#admit(reader.organization);
    stream.signal.addEventListener('abort', () => this.#report(stream, reader, requestId), { once: true });
    metrics.streams(kind, 1);
    try {
      const batches = await serving.batches(stream);
      stream.every(this.options.verifyMs, () => this.#verify(stream, reader));
      await transport(stream, batches);
    } finally {
      metrics.streams(kind, -1);
      stream.end('left');
      this.#remove(reader.organization, stream);
    }
  }

  /** Ends all streams and takes no new ones. */
  close(): void {
    this.#closed = true;
    for (const streams of this.#open.values()) for (const stream of streams) stream.end('shutdown');
  }

  #admit(organization: string): Stream {
    if (this.#closed) throw new GatewayError({ code: 'unavailable', message: 'shutting down', retryAfterMs: 1_000 });
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
      // Not known now is no reason to end it; the next time will tell.
      () => undefined,
    );
  }

  #report({ reason, cause }: Stream, { organization }: Reader, requestId: string): void {
    const level = reason === null ? undefined : loggedAs[reason];
    if (level === undefined) return;
    this.#deps.logger[level]({ reason, requestId, organization, err: cause }, 'event stream ended');
  }

  #remove(organization: string, stream: Stream): void {
    const open = this.#open.get(organization);
    open?.delete(stream);
    if (open?.size === 0) this.#open.delete(organization);
  }
}

function tooMany(limit: number): GatewayError {
  const message = `too many event streams: the organization has ${limit} open, close one of them first`;
  return new GatewayError({ code: 'queue_full', message, details: { limit }, retryAfterMs: 5_000 });
}
