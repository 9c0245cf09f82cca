import assert from 'node:assert/strict';

/** Looks at every line that a gateway logs: none may hold what could be a person's, whatever a test does. */
export class CheckedLog {
  readonly #faults: string[] = [];

  write(line: string): void {
    const { dropped, ...facts }: Record<string, unknown> = JSON.parse(line);
    if (dropped !== undefined) this.#faults.push(`facts were left out of ${line}`);
    if (Object.entries(facts).some(([name, value]) => looksPersonal(name, value))) this.#faults.push(line);
  }

  /** Throws when there was such a line. */
  check(): void {
    assert.deepEqual(this.#faults, []);
  }
}

/** An address or a phone number; folders of packages have the former, the port of an address is too short. */
function looksPersonal(name: string, value: unknown): boolean {
  if (name === 'at' || typeof value === 'number') return false;
  return /@|(?<![\w.-])\d{9,}(?![\w.-])/.test(JSON.stringify(value));
}
