import { isExhausted, isSettled, type OutboxRow } from '../../../domain/outbox.ts';
import { defaultSettings, type SessionAddress } from '../../../domain/session.ts';
import type { Outbox } from '../../../store/records/outbox/outbox.ts';
import type { Sessions } from '../../../store/records/sessions.ts';
import type { Recovery } from '../context.ts';
import type { RecoverInput } from '../machine-setup.ts';
import { takeWithDebt } from '../policy/token-bucket.ts';

export interface RecoveryDeps {
  sessions: Pick<Sessions, 'find'>;
  outbox: Pick<Outbox, 'inFlight' | 'rate' | 'resume'>;
  /** Resolves when everything that WhatsApp has told a session so far is stored. */
  recorded: (address: SessionAddress) => Promise<void>;
  /** Epoch milliseconds. */
  now: () => number;
}

/**
 * Decides about the send that an earlier connection or life has left in flight. Whether it went out is not known, so
 * proof is looked for first; without any, it goes out again under the same WhatsApp id, until it is given up. Rejects
 * when the store does.
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

/** How often WhatsApp left a send unanswered is known to the life that waited; the next attempt stores it. */
function withUnanswered(stored: OutboxRow, known: OutboxRow | null): OutboxRow {
  if (known?.id !== stored.id) return stored;
  return { ...stored, unanswered: Math.max(stored.unanswered, known.unanswered) };
}

async function resend(deps: RecoveryDeps, address: SessionAddress, row: OutboxRow): Promise<Recovery> {
  const { sessions, outbox, now } = deps;
  const { settings } = (await sessions.find(address)) ?? { settings: defaultSettings };
  const again: OutboxRow = { ...row, attempts: row.attempts + 1, timestamp: now() };
  const stored = await outbox.resume(again, takeWithDebt(await outbox.rate(address), settings, now()));
  // A receipt that has come in meanwhile is the proof.
  if (stored.early !== null) return { kind: 'proven', row: stored };
  return isSettled(stored) ? { kind: 'none' } : { kind: 'again', row: stored };
}
