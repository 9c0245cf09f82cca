import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compileCache, outboundGuard, outboundRecord } from '../process/outbound-record.ts';

const main = join(import.meta.dirname, '../../../src/main.ts');
const startTimeoutMs = 20_000;

/** The gateway as a process of its own, the way `npm start` runs it; it may still be starting. */
export interface LaunchedGateway {
  readonly pid: number;
  /** Resolves once the process is gone, whatever ended it. */
  readonly ended: Promise<void>;
  /** Everything that it has written so far, log and errors. */
  output(): string;
  /** Resolves with the first group of the first line of the log that matches; rejects if the process ends before. */
  logged(pattern: RegExp): Promise<string>;
  /** Sends a signal and waits for the end; yields the exit code, null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Stops reading what it writes, as a log collector does that has gone away. */
  stopReading(): void;
  /** Tells its preloads something; resolves when one of them has answered. */
  tell(message: object): Promise<void>;
  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void;
}

/** A gateway that listens. */
export interface GatewayProcess extends LaunchedGateway {
  readonly url: string;
}

/**
 * Starts `troupe serve` with these settings and waits until it listens; `preloads` are modules that it loads before,
 * `flags` are more for Node, and `program` is that of another release. Rejects with its output if it ends before.
 */
export async function startGatewayProcess(
  settings: NodeJS.ProcessEnv,
  preloads: readonly string[] = [],
  flags: readonly string[] = [],
  program: readonly string[] = [main, 'serve'],
): Promise<GatewayProcess> {
  const gateway = launchGateway(settings, preloads, flags, program);
  const timer = setTimeout(() => gateway.signal('SIGKILL'), startTimeoutMs);
  const url = await gateway.logged(/"url":"([^"]+)".*"gateway started"/).finally(() => clearTimeout(timer));
  return { ...gateway, url };
}

/** The same, without waiting for anything. */
export function launchGateway(
  settings: NodeJS.ProcessEnv,
  preloads: readonly string[] = [],
  flags: readonly string[] = [],
  program: readonly string[] = [main, 'serve'],
): LaunchedGateway {
  const imports = [outboundGuard, ...preloads].flatMap((path) => ['--import', path]);
  const child = spawn(process.execPath, ['--disable-proto=delete', ...flags, ...imports, ...program], {
    env: { PATH: process.env['PATH'], PORT: '0', ...outboundRecord, ...compileCache, ...settings },
    // The channel is for preloads: without one that listens, nothing comes out of it.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { stdout, stderr, pid } = child;
  if (stdout === null || stderr === null || pid === undefined) throw new Error('a process without pipes');
  const ended = once(child, 'exit').then(() => undefined);
  const lines: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => lines.push(line));
  const log = createInterface({ input: stdout }).on('line', (line) => lines.push(line));
  return {
    pid,
    ended,
    output: () => lines.join('\n'),
    logged: (pattern) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const look = (line: string): void => {
        const match = pattern.exec(line);
        if (match !== null) resolve(match[1] ?? '');
      };
      for (const line of lines) look(line);
      log.on('line', look);
      child.once('close', () => reject(new Error(`the gateway ended:\n${lines.join('\n')}`)));
      return promise;
    },
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
