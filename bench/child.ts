import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';

const ResponseSchema = v.object({ id: v.number(), answer: v.optional(v.unknown()), failure: v.optional(v.string()) });

/** How long a child may take to exit after SIGTERM. */
const endTimeoutMs = 30_000;

export interface ChildOptions {
  /** Relative to the root of the project. */
  program: string;
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Modules that are loaded before the program, relative to the root of the project. */
  preloads?: readonly string[];
  /** A file descriptor for its output. */
  output: number;
}

const root = join(import.meta.dirname, '..');

/** One of our programs in a child process on the same Node, called over its IPC channel. */
export class Child {
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #requestCount = 0;

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
    child.on('message', (message: unknown) => this.#receive(v.parse(ResponseSchema, message)));
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
    void this.#ended.then(() => {
      for (const { reject } of this.#pending.values()) reject(new Error(`${program} exited before it had answered`));
    });
    process.once('exit', () => child.kill('SIGKILL'));
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Calls a handler by name (see `answering.ts`). Rejects when it fails or the child exits. */
  async request<const S extends v.GenericSchema>(schema: S, name: string, input?: unknown): Promise<v.InferOutput<S>> {
    this.#requestCount += 1;
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(this.#requestCount, pending);
    this.#process.send({ id: this.#requestCount, name, input });
    return v.parse(schema, await pending.promise);
  }

  /** Sends SIGTERM, and SIGKILL if the child takes too long to exit. */
  async end(): Promise<void> {
    if (this.hasEnded) return;
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), endTimeoutMs);
    await this.#ended;
    clearTimeout(force);
  }

  #receive({ id, answer, failure }: v.InferOutput<typeof ResponseSchema>): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (failure === undefined) pending?.resolve(answer);
    else pending?.reject(new Error(failure));
  }
}
