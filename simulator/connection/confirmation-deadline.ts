import type { UnconfirmedStanzas } from '../accounts/unconfirmed-stanzas.ts';
import type { Stanza } from '../wire/stanza.ts';

/** Finds the first stanza that a client leaves unconfirmed for too long. It needs one timer, however many there are. */
export class ConfirmationDeadline {
  readonly #onOverdue: (node: Stanza) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(onOverdue: (node: Stanza) => void) {
    this.#onOverdue = onOverdue;
  }

  /** To be called after each stanza that is sent; `withinMs` applies from then on. */
  watch(unconfirmed: UnconfirmedStanzas, withinMs: number): void {
    const oldest = unconfirmed.oldest();
    clearTimeout(this.#timer);
    if (oldest === undefined) return;
    this.#timer = setTimeout(() => this.#check(unconfirmed, withinMs), Math.max(0, oldest.at + withinMs - Date.now()));
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #check(unconfirmed: UnconfirmedStanzas, withinMs: number): void {
    const oldest = unconfirmed.oldest();
    if (oldest !== undefined && oldest.at + withinMs <= Date.now()) this.#onOverdue(oldest.stanza);
    else this.watch(unconfirmed, withinMs);
  }
}
