import * as v from 'valibot';
import { isFurther } from '../../../domain/outbox.ts';
import type { Api } from './api.ts';
import type { Failure } from './failure.ts';
import { newestSends, pageSize } from './newest-sends.ts';
import { type GatewayEvent, Nothing, OutboxEntry, pathOf, SendStatus } from './resources.ts';

/** The sends of a session by page, newest first. */
export class OutboxPages {
  entries: readonly OutboxEntry[] = [];
  state: 'loading' | 'ready' | Failure = 'loading';
  readonly #session: string;
  readonly #api: Api;
  readonly #changed: () => void;
  /** Each visited page's upper bound: its entries come before this one; null for the first page. */
  #bounds: readonly (OutboxEntry | null)[] = [null];
  #hasEarlier = false;
  #work: Promise<void> = Promise.resolve();

  constructor(session: string, api: Api, changed: () => void) {
    this.#session = session;
    this.#api = api;
    this.#changed = changed;
  }

  /** From 1. */
  get page(): number {
    return this.#bounds.length;
  }

  get hasEarlier(): boolean {
    return this.#hasEarlier;
  }

  earlier(): Promise<void> {
    const oldest = this.entries.at(-1);
    if (oldest !== undefined) this.#bounds = [...this.#bounds, oldest];
    return this.reload();
  }

  later(): Promise<void> {
    if (this.#bounds.length > 1) this.#bounds = this.#bounds.slice(0, -1);
    return this.reload();
  }

  /** Waits for requests that are already running. */
  reload(): Promise<void> {
    this.#work = this.#work.then(() => this.#load());
    return this.#work;
  }

  apply({ payload }: GatewayEvent): void {
    const parsed = v.safeParse(SendStatus, payload);
    if (!parsed.success) return;
    const { outboxId, status, timestamp } = parsed.output;
    const change = { status, timestamp };
    const isShown = this.entries.some((entry) => entry.outboxId === outboxId);
    if (isShown && status !== 'failed') {
      this.entries = this.entries.map((entry) =>
        entry.outboxId === outboxId && isFurther(status, entry.status) ? { ...entry, ...change } : entry,
      );
    } else if (isShown || this.page === 1) this.#work = this.#work.then(() => this.#fetch(outboxId));
  }

  /** Cancels a send that is still queued. */
  async cancel(outboxId: string): Promise<void> {
    const answer = await this.#api.call('DELETE', pathOf(this.#session, `/outbox/${outboxId}`), Nothing);
    if (!answer.ok) this.state = answer.failure;
    await this.#fetch(outboxId);
  }

  async #load(): Promise<void> {
    // A missing capability does not appear later.
    if (typeof this.state === 'object' && this.state.status === 403) return;
    const found = await newestSends(this.#api, this.#session, this.#bounds.at(-1) ?? null);
    if (found.ok) {
      this.entries = found.value.entries.map((entry) => this.#furthest(entry));
      this.#hasEarlier = found.value.hasEarlier;
    }
    this.state = found.ok ? 'ready' : found.failure;
    this.#changed();
  }

  /** An event may have brought a newer status while the entry was being loaded. */
  #furthest(loaded: OutboxEntry): OutboxEntry {
    const shown = this.entries.find(({ outboxId }) => outboxId === loaded.outboxId);
    if (shown === undefined || !isFurther(shown.status, loaded.status)) return loaded;
    return { ...loaded, status: shown.status, timestamp: shown.timestamp };
  }

  async #fetch(outboxId: string): Promise<void> {
    const answer = await this.#api.call('GET', pathOf(this.#session, `/outbox/${outboxId}`), OutboxEntry);
    if (!answer.ok) return;
    const others = this.entries.filter((entry) => entry.outboxId !== outboxId);
    const entries = [this.#furthest(answer.value), ...others].toSorted((one, other) =>
      one.outboxId > other.outboxId ? -1 : 1,
    );
    this.entries = entries.slice(0, pageSize);
    this.#hasEarlier ||= entries.length > pageSize;
    this.#changed();
  }
}
