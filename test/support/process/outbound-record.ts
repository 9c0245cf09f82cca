import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** To be preloaded into every process of a test. */
export const outboundGuard = join(import.meta.dirname, 'outbound-guard.ts');

/**
 * The file in which all processes of a run note what they were kept from reaching. The first that asks chooses it, which
 * is the one that reports; those that it starts inherit the choice.
 */
process.env['OUTBOUND_RECORD'] ??= join(tmpdir(), `troupe-outbound-${randomUUID()}`);
export const recordPath = process.env['OUTBOUND_RECORD'];

/** For the environment of a process that does not inherit ours. */
export const outboundRecord = { OUTBOUND_RECORD: recordPath };

/** The same: where modules are kept that the run has compiled. */
export const compileCache = { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] };

/** What the run has recorded, a sentence for each attempt; then it is gone. */
export function takeOutboundRecord(): string[] {
  const text = readIfThere(recordPath);
  rmSync(recordPath, { force: true });
  return text.split('\n').filter((line) => line !== '');
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
