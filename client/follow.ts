import { Connection, type Event, type Filter, type Source } from './connection.ts';
import { TroupeError } from './errors.ts';
import { backoffMs, pause } from './retry.ts';

export interface FollowOptions extends Filter {
  /** The `id` of the event to resume after; the stream starts with new events unless given. */
  readonly after?: string;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}

/** The state of a stream across connections. */
interface Progress {
  position: string | null;
  /** Failed connections since the last event. */
  failures: number;
}

/**
 * Opens the event stream, and resolves when it is open: no later event is missed. After a lost connection it reconnects
 * and resumes after the last event; events are delivered at least once, in order. Rejects, or throws later, with a
 * {@link TroupeError} when a retry cannot help, such as for a revoked key.
 */
export async function follow(source: Source, options: FollowOptions): Promise<AsyncGenerator<Event, void, undefined>> {
  const { after = null, signal = new AbortController().signal } = options;
  const connection = await Connection.open(source, options, after, signal);
  const progress: Progress = { position: after, failures: 0 };
  // The gateway first sends the position at which the stream starts.
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
    // Aborting the signal cuts the pause short, and the loop ends.
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

/** Whether a retry cannot help. */
function isFinal(error: unknown): boolean {
  return error instanceof TroupeError && error.retryAfterMs === null && error.status < 500;
}
