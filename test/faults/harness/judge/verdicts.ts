/** What a scenario found out, a sentence for each thing that it looked at. */
export class Verdicts {
  readonly #write: (line: string) => void;
  passed = 0;
  failed = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Notes whether something is as it should be. `figures` are what was counted. */
  judge(what: string, isSo: boolean, figures = ''): void {
    if (isSo) this.passed += 1;
    else this.failed += 1;
    this.#write(`${isSo ? '✔' : '✖'} ${what}${figures === '' ? '' : `: ${figures}`}`);
  }
}
