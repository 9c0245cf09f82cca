import { readFileSync } from 'node:fs';
import { median } from '../../../bench/statistics.ts';

/** How much memory a process has in RAM, in MiB. */
export function residentMiB(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

/** The median of each fifth of a series, in order; the first of them is the warm-up. */
export function fifths(series: readonly number[]): number[] {
  const length = series.length / 5;
  return Array.from({ length: 5 }, (_, fifth) =>
    median(series.slice(Math.round(fifth * length), Math.round((fifth + 1) * length))),
  );
}
