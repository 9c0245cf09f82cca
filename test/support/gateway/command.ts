import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { compileCache, outboundGuard, outboundRecord } from '../process/outbound-record.ts';

const main = join(import.meta.dirname, '../../../src/main.ts');

/** What a command has printed, and its exit code. */
export interface Printed {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `troupe` with the name of a command, these parameters and settings; `program` is that of another release. */
export async function runCommand(
  name: string,
  parameters: readonly string[],
  settings: NodeJS.ProcessEnv,
  program: readonly string[] = [main, name],
): Promise<Printed> {
  const child = spawn(process.execPath, ['--import', outboundGuard, ...program, ...parameters], {
    env: { PATH: process.env['PATH'], ...outboundRecord, ...compileCache, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}
