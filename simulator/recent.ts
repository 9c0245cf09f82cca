/** Names that were met before; beyond a bound the oldest are forgotten. */
export class Recent<T> {
  readonly #capacity: number;
  readonly #known: Map<string, T>;

  /** @param known what is known already, oldest first */
  constructor(capacity: number, known: Iterable<readonly [string, T]> = []) {
    this.#capacity = capacity;
    this.#known = new Map(known);
  }

  /** Oldest first. */
  entries(): [string, T][] {
    return [...this.#known];
  }

  has(name: string): boolean {
    return this.#known.has(name);
  }

  get(name: string): T | undefined {
    return this.#known.get(name);
  }

  set(name: string, what: T): void {
    this.#known.set(name, what);
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#capacity && oldest !== undefined) this.#known.delete(oldest);
  }

  delete(name: string): void {
    this.#known.delete(name);
  }
}
