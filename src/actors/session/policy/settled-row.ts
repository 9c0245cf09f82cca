import type { OutboxRow } from '../../../domain/outbox.ts';
import type { Settlement } from '../context.ts';
import { failureMessage } from '../refusals.ts';

/** The row of a send with its result; `now` is in epoch milliseconds. */
export function settledRow(row: OutboxRow, settlement: Settlement, now: number): OutboxRow {
  if (settlement.ok) return { ...row, status: 'sent', timestamp: settlement.timestamp };
  const { code } = settlement;
  return { ...row, status: 'failed', timestamp: now, error: { code, message: failureMessage(code) } };
}
