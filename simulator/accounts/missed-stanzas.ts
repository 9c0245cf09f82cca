import type { Stanza } from '../wire/stanza.ts';

/** The real server keeps far more, for weeks. */
const LARGEST_COUNT = 10_000;

/** Stanzas for a device that is not connected; beyond a bound the oldest are dropped. */
export class MissedStanzas {
  #stanzas: Stanza[];

  /** @param stanzas oldest first */
  constructor(stanzas: readonly Stanza[] = []) {
    this.#stanzas = [...stanzas];
  }

  all(): Stanza[] {
    return [...this.#stanzas];
  }

  push(stanza: Stanza): void {
    this.#stanzas.push(stanza);
    if (this.#stanzas.length > LARGEST_COUNT) this.#stanzas.shift();
  }

  takeAll(): Stanza[] {
    const taken = this.#stanzas;
    this.#stanzas = [];
    return taken;
  }
}
