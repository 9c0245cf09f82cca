import { isExhausted, isSettled, type OutboxRow } from '../../../domain/outbox.ts';
import { defaultSettings, type SessionAddress } from '../../../domain/session.ts';
import type { Outbox } from '../../../store/records/outbox/outbox.ts';
import type { Sessions } from '../../../store/records/sessions/sessions.ts';
import type { RecoverInput, Recovery } from '../context.ts';
import { takeWithDebt } from '../policy/token-bucket.ts';

export interface RecoveryDeps {
  sessions: Pick<Sessions, 'find'>;
  outbox: Pick<Outbox, 'inFlight' | 'rate' | 'resume'>;
  /** Resolves when all inbound events of a session so far are stored. */
  recorded: (address: SessionAddress) => Promise<void>;
  /** Epoch milliseconds. */
  now: () => number;
}

/**
 * Decides about a send that an earlier connection or process has left in flight. Whether it was sent is unknown, so this
 * looks for proof first; without any, the send is repeated under the same WhatsApp id until its attempts are exhausted.
 * Rejects when the store does.
 */
export async function recover(deps: RecoveryDeps, { current, mayResend, ...address }: RecoverInput): Promise<Recovery> {
  await deps.recorded(address);
  const stored = await deps.outbox.inFlight(address);
  if (stored === null) return { kind: 'none' };
  if (stored.early !== null) return { kind: 'proven', row: stored };
  const row = withUnanswered(stored, current?.row ?? null);
  if (!mayResend) return { kind: 'undecided', row };
  if (isExhausted(row)) return { kind: 'exhausted', row };
  return resend(deps, address, row);
}

/** Only the process that waited knows how often WhatsApp left a send unanswered; the next attempt stores the count. */
function withUnanswered(stored: OutboxRow, known: OutboxRow | null): OutboxRow {
  if (known?.id !== stored.id) return stored;
  return { ...stored, unanswered: Math.max(stored.unanswered, known.unanswered) };
}

async function resend(deps: RecoveryDeps, address: SessionAddress, row: OutboxRow): Promise<Recovery> {
  const { sessions, outbox, now } = deps;
  const { settings } = (await sessions.find(address)) ?? { settings: defaultSettings };
  const again: OutboxRow = { ...row, attempts: row.attempts + 1, timestamp: now() };
  const stored = await outbox.resume(again, takeWithDebt(await outbox.rate(address), settings, now()));
  // A receipt that arrived meanwhile is the proof.
  if (stored.early !== null) return { kind: 'proven', row: stored };
  return isSettled(stored) ? { kind: 'none' } : { kind: 'again', row: stored };
}
