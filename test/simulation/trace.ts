import { createHash } from 'node:crypto';

/** Ids that are random in the product: ULIDs, and ids of WhatsApp messages. */
const randomId = /\b(?:[0-7][0-9A-HJKMNP-TV-Z]{25}|3EB0[0-9A-F]{18})\b/g;

/** Lines that are kept to be shown when a run fails. */
const maxKept = 200;

/** What happened, a line for each thing. Random ids are named in the order of their appearance. */
export class Trace {
  readonly #time: () => number;
  readonly #print: ((line: string) => void) | null;
  readonly #names = new Map<string, string>();
  readonly #hash = createHash('sha256');
  readonly #kept: string[] = [];

  constructor(time: () => number, print: ((line: string) => void) | null) {
    this.#time = time;
    this.#print = print;
  }

  write(what: string): void {
    const seconds = (this.#time() / 1000).toFixed(3).padStart(9);
    const line = `${seconds} ${this.named(what)}`;
    this.#hash.update(line).update('\n');
    this.#print?.(line);
    this.#kept.push(line);
    if (this.#kept.length > maxKept) this.#kept.shift();
  }

  /** A text with the names of the ids in it. */
  named(text: string): string {
    return text.replace(randomId, (id) => {
      const known = this.#names.get(id);
      if (known !== undefined) return known;
      const name = `${id.startsWith('3EB0') ? 'wa' : 'id'}${this.#names.size + 1}`;
      this.#names.set(id, name);
      return name;
    });
  }

  get last(): readonly string[] {
    return this.#kept;
  }

  /** Equal for equal traces; ends the trace. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
