import type { RestingStatus } from '../../domain/session.ts';
import type { CloseReason } from '../socket/port.ts';

/**
 * What follows when a connection ended: `restart` connects again at once, `restartOnce` does so unless it has just
 * done it, `retry` waits with growing back-off, the others rest in that state until somebody acts.
 */
export type Verdict = 'restart' | 'restartOnce' | 'retry' | RestingStatus;

/** The reconnect policy, a row for each reason. */
export const verdicts = {
  restart_required: 'restartOnce',
  connection_lost: 'retry',
  connection_closed: 'retry',
  server_error: 'retry',
  service_unavailable: 'retry',
  connect_failed: 'retry',
  connect_timeout: 'retry',
  // At most once for each send timeout, and only until the send in doubt is given up: this cannot become a storm.
  ack_timeout: 'restart',
  store_unavailable: 'retry',
  crashed: 'retry',
  pairing_refused: 'retry',
  qr_expired: 'stopped',
  stopped: 'stopped',
  logged_out: 'logged_out',
  locked: 'logged_out',
  banned: 'logged_out',
  replaced: 'failed',
  client_outdated: 'failed',
  multi_device_mismatch: 'failed',
  temporarily_banned: 'failed',
} as const satisfies Record<CloseReason, Verdict>;

/** Where a session rests after a connection that ended for this reason, if its verdict is to rest. */
export function restAfter(reason: CloseReason): { status: RestingStatus; reason: string } {
  const verdict: Verdict = verdicts[reason];
  return { status: isResting(verdict) ? verdict : 'stopped', reason };
}

/** Whether a connection that ended with this verdict is not to be replaced by itself. */
export function isResting(verdict: Verdict): verdict is RestingStatus {
  return verdict !== 'restart' && verdict !== 'restartOnce' && verdict !== 'retry';
}

const baseMs = 1_000;
const capMs = 60_000;

/**
 * Full jitter: any time between 0 and the cap for this attempt, which doubles from 1 s to 60 s. `attempt` counts
 * from 0; `roll` is in [0, 1).
 */
export function backoffMs(attempt: number, roll: number): number {
  return Math.floor(roll * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 16)));
}

/**
 * The next state of a small random generator (mulberry32) and its roll in [0, 1). Kept in the machine's context, so
 * that a session's delays differ from its siblings' and repeat under the same seed.
 */
export function nextRoll(seed: number): { seed: number; roll: number } {
  const next = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), next | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { seed: next, roll: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 };
}
