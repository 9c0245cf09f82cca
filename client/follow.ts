import { Connection, type Event, type Filter, type Source } from './connection.ts';
import { TroupeError } from './errors.ts';
import { backoffMs, pause } from './retry.ts';

export interface FollowOptions extends Filter {
  /** The `id` of the event to go on behind; what happens from now on unless given. */
  readonly after?: string;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}

/** How far a reader has come. */
interface Progress {
  position: string | null;
  /** Connections that failed since the last event. */
  failures: number;
}

/**
 * Opens the stream of events, and resolves once it has begun: what happens from then on is in it. A connection that is
 * lost is made anew, behind the last event; events come at least once, in order. Rejects, or ends later, with a
 * {@link TroupeError} for what trying again does not mend, such as a key that was revoked.
 */
export async function follow(source: Source, options: FollowOptions): Promise<AsyncGenerator<Event, void, undefined>> {
  const { after = null, signal = new AbortController().signal } = options;
  const connection = await Connection.open(source, options, after, signal);
  const progress: Progress = { position: after, failures: 0 };
  // The gateway says first where the stream begins.
  while (progress.position === null) {
    const block = await connection.next();
    if (block === null) break;
    progress.position = block.id ?? null;
  }
  return eventsOf(source, { ...options, signal }, connection, progress);
}

async function* eventsOf(
  source: Source,
  options: Filter & { signal: AbortSignal },
  first: Connection,
  progress: Progress,
): AsyncGenerator<Event, void, undefined> {
  const { signal } = options;
  let connection: Connection | null = first;
  while (!signal.aborted) {
    try {
      connection ??= await Connection.open(source, options, progress.position, signal);
      yield* eventsIn(connection, progress);
    } catch (error) {
      if (isFinal(error)) throw error;
    } finally {
      connection?.close();
      connection = null;
    }
    progress.failures += 1;
    // Who ends the stream meanwhile need not wait.
    await pause(backoffMs(progress.failures), signal).catch(() => undefined);
  }
}

async function* eventsIn(connection: Connection, progress: Progress): AsyncGenerator<Event, void, undefined> {
  for (;;) {
    const block = await connection.next();
    if (block === null) return;
    progress.position = block.id ?? progress.position;
    if (block.data === undefined) continue;
    progress.failures = 0;
    const event: Event = JSON.parse(block.data);
    yield event;
  }
}

/** What will be the same answer however often it is asked for. */
function isFinal(error: unknown): boolean {
  return error instanceof TroupeError && error.retryAfterMs === null && error.status < 500;
}
