import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const program = join(import.meta.dirname, '../../src/master-key.ts');

/** What a command has printed, and its exit code. */
interface Printed {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `master-key -- rotate` with these settings. */
export async function runMasterKey(settings: NodeJS.ProcessEnv, parameters = ['rotate']): Promise<Printed> {
  const child = spawn(process.execPath, [program, ...parameters], {
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}
