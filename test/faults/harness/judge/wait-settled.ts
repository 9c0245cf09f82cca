import assert from 'node:assert/strict';
import { eventually } from '../../../support/eventually.ts';
import type { BalancedNodes } from '../../../support/gateway/cluster.ts';
import { untilConnected } from '../../support/cluster.ts';
import type { EventLog } from './event-log.ts';

const withinMs = 600_000;

/** Resolves once every session is connected and every send of which there is an event has its result. */
export async function waitSettled(
  gateway: Pick<BalancedNodes, 'client'>,
  events: EventLog,
  sessions: readonly string[],
): Promise<void> {
  await untilConnected(gateway, sessions);
  await eventually(() => {
    const open = [...events.statuses().values()].filter((reported) => !reported.some(({ status }) => isFinal(status)));
    assert.equal(open.length, 0, 'sends are still open');
  }, withinMs);
}

function isFinal(status: string): boolean {
  return status === 'sent' || status === 'failed';
}
