import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { compileCache } from '../../support/process/outbound-record.ts';

const examples = resolve(import.meta.dirname, '../../../examples');

/** The path of a file in `examples/`. */
export function example(name: string): string {
  return join(examples, name);
}

/** A program that runs as a user would start it; killed when disposed of. */
export class Program implements AsyncDisposable {
  /** What it has written so far, line by line. */
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  /** Resolves with its exit code; null when a signal ended it. Rejects when it could not be started. */
  readonly ended: Promise<number | null>;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
    this.ended = once(child, 'close').then(() => child.exitCode);
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = child[name];
      if (stream === null) throw new Error('a process without pipes');
      createInterface({ input: stream }).on('line', (line) => this[name].push(line));
    }
  }

  static start(command: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Program {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    return new Program(
      spawn(command, args, { env: { PATH: process.env['PATH'], ...compileCache, ...env }, cwd, stdio: [...stdio] }),
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }
}
