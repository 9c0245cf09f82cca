import { execFile } from 'node:child_process';
import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const volumeSize = '6m';
const chunk = Buffer.alloc(4096);

/** A folder whose room a test takes and gives back, for a process that writes there. */
export interface Volume extends AsyncDisposable {
  readonly path: string;
  /** From now on no file of the process, and of those that it starts, can grow. */
  fill(pid: number): Promise<void>;
  /** There is room again, for all these processes. */
  free(...pids: number[]): Promise<void>;
}

/**
 * A small file system of its own, to be filled until the kernel says ENOSPC. Where none can be mounted (by a plain
 * user, or in a container) the same folder for a process that may not write files beyond the size that they have.
 */
export async function createVolume(): Promise<Volume> {
  const path = await mkdtemp(join(tmpdir(), 'troupe-volume-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${volumeSize}`, 'tmpfs', path]);
    return mounted(path);
  } catch {
    return limited(path);
  }
}

function mounted(path: string): Volume {
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: async () => takeAllRoom(ballast),
    free: async () => rmSync(ballast),
    [Symbol.asyncDispose]: async () => {
      await run('umount', ['--lazy', path]);
      await rm(path, { recursive: true });
    },
  };
}

function takeAllRoom(ballast: string): void {
  const file = openSync(ballast, 'a');
  try {
    for (;;) writeSync(file, chunk);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
}

function limited(path: string): Volume {
  return {
    path,
    fill: (pid) => limitFiles(pid, Math.max(...readdirSync(path).map((name) => statSync(join(path, name)).size))),
    free: async (...pids) => {
      for (const pid of pids) await limitFiles(pid, 'unlimited');
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

/**
 * Lets a process write files up to this size only; with 0 every write fails, as on a file system that the kernel has
 * made read-only because of an error: SQLite meets SQLITE_IOERR_WRITE in both cases (the latter was tried with ext4).
 */
export async function limitFiles(pid: number, bytes: number | 'unlimited'): Promise<void> {
  // The limit that a process may not exceed is left alone, so that it can be lifted again without rights.
  await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}
