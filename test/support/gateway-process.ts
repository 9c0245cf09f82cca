import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { outboundGuard, outboundRecord } from './outbound-record.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const startTimeoutMs = 20_000;

/** The gateway as a process of its own, the way `npm start` runs it. */
export interface GatewayProcess {
  readonly url: string;
  readonly pid: number;
  /** Resolves once the process is gone, whatever ended it. */
  readonly ended: Promise<void>;
  /** Everything that it has written so far, log and errors. */
  output(): string;
  /** Sends a signal and waits for the end; yields the exit code, null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Stops reading what it writes, as a log collector does that has gone away. */
  stopReading(): void;
  /** Tells its preloads something; resolves when one of them has answered. */
  tell(message: object): Promise<void>;
  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void;
}

/**
 * Starts `src/main.ts` with these settings and waits until it listens; `preloads` are modules that it loads before, and
 * `flags` are more for Node. Rejects with its output if it ends before.
 */
export async function startGatewayProcess(
  settings: NodeJS.ProcessEnv,
  preloads: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<GatewayProcess> {
  const imports = [outboundGuard, ...preloads].flatMap((path) => ['--import', path]);
  const child = spawn(process.execPath, ['--disable-proto=delete', ...flags, ...imports, main], {
    env: { PATH: process.env['PATH'], PORT: '0', ...outboundRecord, ...settings },
    // The channel is for preloads: without one that listens, nothing comes out of it.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('a process without pipes');
  const ended = once(child, 'exit').then(() => undefined);
  const lines: string[] = [];
  const started = Promise.withResolvers<string>();
  createInterface({ input: stderr }).on('line', (line) => lines.push(line));
  createInterface({ input: stdout }).on('line', (line) => {
    lines.push(line);
    const url = /"url":"([^"]+)".*"gateway started"/.exec(line)?.[1];
    if (url !== undefined) started.resolve(url);
  });
  child.once('exit', () => started.reject(new Error(`the gateway ended:\n${lines.join('\n')}`)));
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);
  const url = await started.promise.finally(() => clearTimeout(timer));
  if (child.pid === undefined) throw new Error('a process that started has an id');
  return {
    url,
    pid: child.pid,
    ended,
    output: () => lines.join('\n'),
    end: (signal) => end(child, signal),
    stopReading: () => {
      stdout.destroy();
    },
    tell: async (message) => {
      const answered = once(child, 'message');
      child.send(message);
      await Promise.race([answered, ended]);
    },
    signal: (signal) => child.kill(signal),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'close');
  child.kill(signal);
  await exited;
  return child.exitCode;
}
