import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const programs = ['redis-server', 'valkey-server'];

/** A Redis server that this process has started. */
export interface LocalRedis extends AsyncDisposable {
  readonly url: string;
}

/** Starts the installed Redis, which flushes each write to a file in the folder. Rejects when none is installed. */
export async function startLocalRedis(folder: string): Promise<LocalRedis> {
  const port = await freePort();
  for (const program of programs) {
    const child = await started(program, [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', 'always'],
    ]);
    if (child === null) continue;
    return {
      url: `redis://127.0.0.1:${port}`,
      [Symbol.asyncDispose]: async () => {
        const ended = once(child, 'exit');
        if (child.kill('SIGTERM')) await ended;
      },
    };
  }
  throw new Error(
    `several nodes need a Redis, and neither ${programs.join(' nor ')} is on this machine: install one (apt install redis-server), or set REDIS_URL to one that is empty`,
  );
}

/**
 * Resolves when it accepts connections; null when there is no such program. Rejects with its last line when it exits.
 */
async function started(program: string, parameters: readonly string[]): Promise<ChildProcess | null> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'ignore'] });
  let last = 'it printed nothing';
  const ready = Promise.withResolvers<ChildProcess | null>();
  child.once('error', () => ready.resolve(null));
  child.once('exit', () => ready.reject(new Error(`${program} ended: ${last}`)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = line;
    if (line.includes('Ready to accept connections')) ready.resolve(child);
  });
  return ready.promise;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
