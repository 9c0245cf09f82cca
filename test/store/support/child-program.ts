import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program in a process of its own, whose lines are collected. Disposal kills it if it still runs. */
export class ChildProgram implements Disposable {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #ending: Promise<string>;
  #news = Promise.withResolvers<void>();

  constructor(path: string, parameters: readonly string[]) {
    const child = spawn(process.execPath, [path, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    this.#ending = once(child, 'close').then(([code, signal]) => (code === null ? `${signal}` : `exit ${code}`));
    createInterface({ input: child.stdout }).on('line', (line) => this.#receive(line));
  }

  /** Resolves once the program has printed that many lines. */
  async printed(count: number): Promise<void> {
    const tooEarly = this.#ending.then((ending) => {
      throw new Error(`the program ended with ${ending} after ${this.lines.length} lines`);
    });
    while (this.lines.length < count) await Promise.race([this.#news.promise, tooEarly]);
    // The program may end as it likes from here on.
    tooEarly.catch(() => undefined);
  }

  /** Ends the program as kill -9 does. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Resolves with `exit` and the code, or with the signal, after the last line. */
  ended(): Promise<string> {
    return this.#ending;
  }

  [Symbol.dispose](): void {
    this.kill();
  }

  #receive(line: string): void {
    this.lines.push(line);
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
