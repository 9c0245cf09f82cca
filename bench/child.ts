import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';

const AnswerSchema = v.object({ id: v.number(), answer: v.optional(v.unknown()), failure: v.optional(v.string()) });

/** How long a child may take to end by itself once it was asked to. */
const endTimeoutMs = 30_000;

export interface ChildOptions {
  /** From the root of the project. */
  program: string;
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Modules that it loads before, from the root of the project. */
  preloads?: readonly string[];
  /** A file descriptor that takes everything it writes. */
  output: number;
}

const root = join(import.meta.dirname, '..');

/** A program of ours in a process of its own, on the Node that runs this one. It is asked over a channel. */
export class Child {
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;

  constructor({ program, args = [], env = {}, preloads = [], output }: ChildOptions) {
    const child = fork(join(root, program), args, {
      cwd: root,
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
      execArgv: preloads.flatMap((path) => ['--import', join(root, path)]),
      serialization: 'advanced',
      stdio: ['ignore', output, output, 'ipc'],
    });
    this.#process = child;
    this.pid = child.pid ?? 0;
    child.on('message', (message: unknown) => this.#receive(v.parse(AnswerSchema, message)));
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
    void this.#ended.then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${program} ended before it had answered`));
    });
    process.once('exit', () => child.kill('SIGKILL'));
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Asks for something by name (see `answering.ts`); rejects when that fails or the child ends. */
  async ask<const S extends v.GenericSchema>(schema: S, name: string, given?: unknown): Promise<v.InferOutput<S>> {
    this.#asked += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#asked, waiting);
    this.#process.send({ id: this.#asked, name, given });
    return v.parse(schema, await waiting.promise);
  }

  /** Ends it as an operator would, and by force if that takes too long. */
  async end(): Promise<void> {
    if (this.hasEnded) return;
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), endTimeoutMs);
    await this.#ended;
    clearTimeout(force);
  }

  #receive({ id, answer, failure }: v.InferOutput<typeof AnswerSchema>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(failure));
  }
}
