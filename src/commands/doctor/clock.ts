import { type Finding, failed, ok, warning } from './finding.ts';

/** Tokens and expiries tolerate the first; beyond the second, messages get obviously wrong times. */
const tolerableMs = 5_000;
const wrongMs = 60_000;

const advice = 'Synchronize the clock of this machine with NTP (timedatectl set-ntp true).';

/** @param skewMs how far the other clock is ahead of ours */
export function skewFinding(whose: string, skewMs: number): Finding {
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1);
  const says = `${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} the clock of ${whose}`;
  if (Math.abs(skewMs) > wrongMs) return failed(says, advice);
  if (Math.abs(skewMs) > tolerableMs) return warning(says, advice);
  return ok(`within ${tolerableMs / 1000} s of the clock of ${whose}`);
}
