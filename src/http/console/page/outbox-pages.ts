import * as v from 'valibot';
import { OutboxRowSchema } from '../../../domain/outbox.ts';
import type { Api } from './api.ts';
import type { Failure } from './failure.ts';
import { type GatewayEvent, Nothing, OutboxEntry, pageOf, pathOf } from './resources.ts';

const pageSize = 20;
const Page = pageOf(OutboxEntry);

/** What a `message.status` event tells of a send. */
const StatusPayload = v.object({
  outboxId: v.string(),
  status: OutboxRowSchema.entries.status,
  timestamp: v.number(),
});

/** The sends of a session, a page at a time, oldest first as the gateway lists them. */
export class OutboxPages {
  entries: readonly OutboxEntry[] = [];
  state: 'loading' | 'ready' | Failure = 'loading';
  readonly #session: string;
  readonly #api: Api;
  readonly #changed: () => void;
  /** The cursors that lead to the pages up to this one; null for the first. */
  #trail: readonly (string | null)[] = [null];
  #next: string | null = null;

  constructor(session: string, api: Api, changed: () => void) {
    this.#session = session;
    this.#api = api;
    this.#changed = changed;
  }

  /** From 1. */
  get page(): number {
    return this.#trail.length;
  }

  get hasNext(): boolean {
    return this.#next !== null;
  }

  next(): Promise<void> {
    if (this.#next !== null) this.#trail = [...this.#trail, this.#next];
    return this.reload();
  }

  previous(): Promise<void> {
    if (this.#trail.length > 1) this.#trail = this.#trail.slice(0, -1);
    return this.reload();
  }

  async reload(): Promise<void> {
    const cursor = this.#trail.at(-1) ?? null;
    const query = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = pathOf(this.#session, `/outbox?limit=${pageSize}${query}`);
    const answer = await this.#api.call('GET', path, Page);
    if (answer.ok) {
      this.entries = answer.value.data;
      this.#next = answer.value.nextCursor;
    }
    this.state = answer.ok ? 'ready' : answer.failure;
    this.#changed();
  }

  apply({ payload }: GatewayEvent): void {
    const told = v.safeParse(StatusPayload, payload);
    if (!told.success) return;
    const { outboxId, ...change } = told.output;
    if (this.entries.some((entry) => entry.outboxId === outboxId)) {
      this.entries = this.entries.map((entry) => (entry.outboxId === outboxId ? { ...entry, ...change } : entry));
      if (change.status === 'failed') void this.#fetch(outboxId);
    } else if (this.#next === null) void this.#fetch(outboxId);
  }

  /** Takes back a send that is still queued. */
  async cancel(outboxId: string): Promise<Failure | null> {
    const answer = await this.#api.call('DELETE', pathOf(this.#session, `/outbox/${outboxId}`), Nothing);
    await this.#fetch(outboxId);
    return answer.ok ? null : answer.failure;
  }

  async #fetch(outboxId: string): Promise<void> {
    const answer = await this.#api.call('GET', pathOf(this.#session, `/outbox/${outboxId}`), OutboxEntry);
    if (!answer.ok) return;
    const others = this.entries.filter((entry) => entry.outboxId !== outboxId);
    const entries = [...others, answer.value].toSorted((one, other) => (one.outboxId < other.outboxId ? -1 : 1));
    // What does not fit is on the next page.
    this.entries = entries.slice(0, pageSize);
    if (entries.length > pageSize) await this.reload();
    this.#changed();
  }
}
