import type { LedgerEntry } from './entries.ts';

/**
 * What the author of a message sees below it: one grey tick (only the server has it), two grey ones, two blue ones.
 */
export type Tick = 'sent' | 'delivered' | 'read';

/**
 * The ticks of a message by the number of who received it. A receipt of type `inactive` shows nothing, and neither does
 * `read` after it: only one without a type does, which a client sends while it is online.
 *
 * @param entries those of the message
 */
export function ticksOf(entries: readonly LedgerEntry[]): Record<string, Tick> {
  const ticks: Record<string, Tick> = {};
  for (const entry of entries) {
    if (entry.kind === 'receipt') ticks[entry.from] = next(ticks[entry.from] ?? 'sent', entry.receipt);
  }
  return ticks;
}

function next(tick: Tick, receipt: string): Tick {
  if (receipt === '' && tick === 'sent') return 'delivered';
  return (receipt === 'read' || receipt === 'played') && tick !== 'sent' ? 'read' : tick;
}
