import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { startKeeper } from './keeper.ts';
import { freePort, PortTakenError, untilPortIsFree } from './port.ts';
import { argumentsOf, type RedisServer, type RedisSettings } from './redis-source.ts';

/** A program that is a Redis, and the environment that it needs. */
export interface RedisProgram {
  readonly path: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Starts the program in a temporary folder, on a port of 127.0.0.1. Rejects with its log if it ends at once. */
export async function startRedisProcess(program: RedisProgram, settings: RedisSettings): Promise<RedisServer> {
  // In one go, so that nothing comes in between that leaves a folder without a keeper.
  const folder = mkdtempSync(join(tmpdir(), 'troupe-redis-'));
  const keeper = startKeeper(folder);
  const launch = async (port: number): Promise<ChildProcess> => {
    const child = startProgram(program, { ...settings, port: String(port), bind: '127.0.0.1', dir: folder }, folder);
    keeper.watch(child.pid ?? null);
    child.once('exit', () => keeper.watch(null));
    await untilReady(child, folder);
    return child;
  };
  try {
    const { child, port } = await untilPortIsFree(async () => {
      const port = await freePort();
      return { child: await launch(port), port };
    });
    return serverOf(child, port, launch, () => keeper.end());
  } catch (error) {
    await keeper.end();
    throw error;
  }
}

function serverOf(
  first: ChildProcess,
  port: number,
  launch: (port: number) => Promise<ChildProcess>,
  remove: () => Promise<void>,
): RedisServer {
  let child = first;
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => end(child),
    start: async () => {
      if (!hasEnded(child)) throw new Error('this Redis runs already');
      child = await untilPortIsFree(() => launch(port));
    },
    pause: async () => {
      child.kill('SIGSTOP');
      await eventually(() => {
        if (!isStopped(child)) throw new Error('this Redis goes on in spite of SIGSTOP');
      });
    },
    resume: async () => {
      child.kill('SIGCONT');
    },
    [Symbol.asyncDispose]: async () => {
      await end(child);
      await remove();
    },
  };
}

/** It must not wait for us while we are busy: what it says goes into a file, and not into a pipe. */
function startProgram({ path, environment }: RedisProgram, settings: RedisSettings, folder: string): ChildProcess {
  const log = openSync(logIn(folder), 'w');
  const child = spawn(path, argumentsOf(settings), { env: environment, stdio: ['ignore', log, log] });
  closeSync(log);
  child.once('error', ({ message }) => appendFileSync(logIn(folder), message));
  child.unref();
  return child;
}

async function untilReady(child: ChildProcess, folder: string): Promise<void> {
  const log = await eventually(() => {
    const ended = hasEnded(child);
    const said = readFileSync(logIn(folder), 'utf8');
    if (!ended && !said.includes('Ready to accept connections')) throw new Error(`Redis is not ready:\n${said}`);
    return ended ? said : null;
  });
  if (log === null) return;
  if (log.includes('Address already in use')) throw new PortTakenError(log);
  throw new Error(`Redis ended:\n${log}`);
}

function logIn(folder: string): string {
  return join(folder, 'redis.log');
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.ref();
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** A signal is delivered a little later than it is sent. Where the system shows no states this is not waited for. */
function isStopped({ pid }: ChildProcess): boolean {
  const path = `/proc/${pid}/stat`;
  return !existsSync(path) || /\) T /.test(readFileSync(path, 'utf8'));
}
