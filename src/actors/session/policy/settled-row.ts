import { isGroup } from '../../../domain/jid.ts';
import type { OutboxRow } from '../../../domain/outbox.ts';

/** How a send ended: acknowledged at this time of WhatsApp's clock, or failed with WhatsApp's code or one of ours. */
export type Settlement = { ok: true; timestamp: number } | { ok: false; code: string };

/** The row of a send with its result; `now` is in epoch milliseconds. */
export function settledRow(row: OutboxRow, settlement: Settlement, now: number): OutboxRow {
  if (settlement.ok) return { ...row, status: 'sent', timestamp: settlement.timestamp };
  const { code } = settlement;
  return { ...row, status: 'failed', timestamp: now, error: { code, message: failureMessage(code, row.to) } };
}

/** Messages for our own codes of failed sends; all other codes are WhatsApp's. */
const failures: Record<string, string> = {
  unknown_outcome: 'WhatsApp never acknowledged the message; whether it arrived is not known',
  expired: 'the message waited too long to be sent',
  account_changed: 'the session was linked to another number before the message was sent',
  cancelled: 'the message was cancelled before it was sent',
  encryption_failed: 'the message could not be encrypted for the recipient',
  recipient_unknown: 'the recipient has no device on WhatsApp',
  query_refused: 'WhatsApp did not answer what the gateway has to ask before it can send; nothing was sent',
  unsupported_content: 'this release of the gateway cannot send messages of this kind',
};

/** WhatsApp's codes for a group that the number is not in, or may not write to. */
const groupCodes = new Set(['401', '403', '404']);

function failureMessage(code: string, to: string): string {
  const refusal = `WhatsApp refused the message with code ${code}`;
  if (isGroup(to) && groupCodes.has(code))
    return `${refusal}: the number is not a member of the group, or may not write to it`;
  return failures[code] ?? refusal;
}
