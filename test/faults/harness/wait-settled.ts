import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import type { World } from '../support/world.ts';
import type { EventLog } from './event-log.ts';

const withinMs = 600_000;

/** Resolves once every session is connected and every send that was ever told of has its result. */
export async function settled(
  world: Pick<World, 'client'>,
  events: EventLog,
  sessions: readonly string[],
): Promise<void> {
  for (const session of sessions) await world.client.until(session, 'connected');
  await eventually(() => {
    const open = [...events.statuses().values()].filter((told) => !told.some(({ status }) => isFinal(status)));
    assert.equal(open.length, 0, 'sends are still open');
  }, withinMs);
}

function isFinal(status: string): boolean {
  return status === 'sent' || status === 'failed';
}
