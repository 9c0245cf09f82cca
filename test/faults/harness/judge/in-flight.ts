import type { Key } from '../../../../src/store/contract.ts';
import { openSqliteStore } from '../../../../src/store/engine/sqlite/store.ts';
import { organization } from '../../../support/gateway/environment.ts';
import type { World } from '../../support/world.ts';

/** A send that was in flight when its gateway was killed. */
interface SendInFlight {
  readonly session: string;
  readonly outboxId: string;
}

/** The end of a life: where it began and had ended in the ledger, when it was killed, and what it had in flight. */
export interface LifeEnd {
  readonly since: number;
  readonly until: number;
  /** Milliseconds since 1970. */
  readonly killedAt: number;
  readonly inFlight: readonly SendInFlight[];
}

/** Which part of a send's way a kill fell into, as the store and the simulator's ledger tell. */
export type Window = 'before the wire' | 'wire to ack' | 'ack to record';

export const windows = ['before the wire', 'wire to ack', 'ack to record'] as const;

const pageSize = 1_000;

/**
 * The sends in flight, read out of the store of a gateway that is not running. Only keys are looked at: sends go out in
 * the order of their ids, so the one in flight is the last that is not queued behind it.
 */
export async function sendsInFlight(world: World): Promise<SendInFlight[]> {
  await using store = openSqliteStore({ path: world.directory.storePath });
  const inFlight: SendInFlight[] = [];
  for (const session of await namesBelow(store, [organization, 'in-flight'])) {
    const [next] = await store.list([organization, 'queue', session], { limit: 1 });
    const rows = await namesBelow(store, [organization, 'outbox', session]);
    const queued = next?.key.at(-1);
    const outboxId = rows.filter((id) => queued === undefined || id < queued).at(-1);
    if (outboxId !== undefined) inFlight.push({ session, outboxId });
  }
  return inFlight;
}

async function namesBelow(store: ReturnType<typeof openSqliteStore>, prefix: Key): Promise<string[]> {
  const names: string[] = [];
  for (let after: Key | undefined; ; ) {
    const page = await store.list(prefix, { limit: pageSize, ...(after !== undefined && { after }) });
    names.push(...page.map(({ key }) => key.at(-1) ?? ''));
    after = page.at(-1)?.key;
    if (page.length < pageSize) return names;
  }
}

/** How many of these ends fell into each window, with at least one send. `idOf` may not know an id yet. */
export function countWindows(
  world: World,
  ends: readonly LifeEnd[],
  idOf: (outboxId: string) => string | undefined,
): Record<Window, number> {
  const counts: Record<Window, number> = { 'before the wire': 0, 'wire to ack': 0, 'ack to record': 0 };
  for (const end of ends) {
    const ids = end.inFlight.map(({ outboxId }) => idOf(outboxId)).filter((id) => id !== undefined);
    for (const window of new Set(ids.map((id) => windowOf(world, id, end)))) counts[window] += 1;
  }
  return counts;
}

function windowOf(world: World, waMessageId: string, { since, until, killedAt }: LifeEnd): Window {
  const within = world.simulator.ledger.stanzas({ id: waMessageId }).filter(({ seq }) => seq > since && seq <= until);
  if (!within.some(({ tag, direction }) => tag === 'message' && direction === 'in')) return 'before the wire';
  const isAcked = within.some(({ tag, direction, at }) => tag === 'ack' && direction === 'out' && at <= killedAt);
  return isAcked ? 'ack to record' : 'wire to ack';
}
