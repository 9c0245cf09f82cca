import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { outboundGuard, outboundRecord } from './outbound-record.ts';

const programs = join(import.meta.dirname, '../../src');

/** What a command has printed, and its exit code. */
export interface Printed {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command of `src`, or of that folder of another release, (its name without `.ts`) with these parameters and settings. */
export async function runCommand(
  name: string,
  parameters: readonly string[],
  settings: NodeJS.ProcessEnv,
  folder = programs,
): Promise<Printed> {
  const program = join(folder, `${name}.ts`);
  const child = spawn(process.execPath, ['--import', outboundGuard, program, ...parameters], {
    env: { PATH: process.env['PATH'], ...outboundRecord, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}
