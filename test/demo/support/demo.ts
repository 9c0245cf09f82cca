import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { compileCache, outboundGuard, outboundRecord } from '../../support/process/outbound-record.ts';

const program = resolve(import.meta.dirname, '../../../demo/main.ts');

/** The demo as a person runs it, in a process and with a folder for temporary files of its own. */
export class Demo implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #ended: Promise<number | null>;
  #output = '';

  private constructor(folder: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#folder = folder;
    const env = { PATH: process.env['PATH'], TMPDIR: folder, ...outboundRecord, ...compileCache, ...environment };
    const child = spawn(process.execPath, ['--import', outboundGuard, program, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    this.#collect(child.stdout);
    this.#collect(child.stderr);
    this.#ended = once(child, 'close').then(() => child.exitCode);
  }

  static async start(args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Promise<Demo> {
    return new Demo(await mkdtemp(join(tmpdir(), 'troupe-test-')), args, environment);
  }

  /** Everything that it has said so far. */
  get output(): string {
    return this.#output;
  }

  /** Waits until it has ended; yields its exit code. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  interrupt(): void {
    this.#process.kill('SIGINT');
  }

  /** Names of what is in its folder for temporary files. */
  leftovers(): Promise<string[]> {
    return readdir(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
    await rm(this.#folder, { recursive: true });
  }

  #collect(stream: Readable): void {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      this.#output += text;
    });
  }
}
