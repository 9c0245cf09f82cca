import type { Scenario } from './options.ts';
import type { Round } from './rounds.ts';
import { median, spread } from './statistics.ts';

/** A round of each subject, run one right after the other. */
export interface Pair {
  baileys: Round;
  gateway: Round;
}

const widths = [8, 10, 20, 26, 20, 13, 8];

function line(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join('')
    .trimEnd();
}

export const heading = line(['', '', 'sends/s', 'p50 ms', 'p99 ms', 'CPU ms/send', 'RSS MB']);

/** The results of a scenario: medians of its rounds with minimum and maximum, and the gateway compared to Baileys. */
export function summary({ name }: Scenario, pairs: readonly Pair[]): string {
  const ratios = pairs.map(({ baileys, gateway }) => gateway.sendsPerSecond / baileys.sendsPerSecond);
  const added = pairs.map(({ baileys, gateway }) => gateway.p50Ms - baileys.p50Ms);
  return [
    row(
      name,
      'baileys',
      pairs.map(({ baileys }) => baileys),
    ),
    row(
      '',
      'gateway',
      pairs.map(({ gateway }) => gateway),
    ),
    line(['', 'ratio', spread(ratios, 2), `+${spread(added, 1)}`]),
  ].join('\n');
}

function row(scenario: string, subject: string, rounds: readonly Round[]): string {
  const all = (metric: keyof Round) => rounds.map((round) => round[metric]);
  return line([
    scenario,
    subject,
    spread(all('sendsPerSecond'), 0),
    spread(all('p50Ms'), 1),
    spread(all('p99Ms'), 0),
    median(all('cpuMsPerSend')).toFixed(2),
    median(all('rssMb')).toFixed(0),
  ]);
}
