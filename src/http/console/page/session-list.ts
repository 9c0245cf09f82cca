import * as v from 'valibot';
import type { Api } from './api.ts';
import type { Failure, Outcome } from './failure.ts';
import { type GatewayEvent, Nothing, pageOf, pathOf, Session, SessionStatus } from './resources.ts';

/** A session, and how fresh its data is. */
export interface KnownSession extends Session {
  /** When it was loaded, by the gateway's clock. */
  loadedAt: number;
  /** When an event last changed its status, by `performance.now()`; 0 before the first. */
  statusEventAt: number;
}

const pageSize = 200;
/** Further sessions are not shown. */
const maxPages = 25;
/** Changes within this time are loaded together. */
const debounceMs = 300;
/** Up to this many sessions are reloaded individually; for more the whole list is reloaded, but less often. */
const maxSingleLoads = 4;
const listIntervalMs = 3_000;

const Page = pageOf(Session);

/** The organization's sessions, kept up to date by events, and by reloading what events do not contain. */
export class SessionList {
  state: 'loading' | 'ready' | Failure = 'loading';
  readonly #api: Api;
  readonly #onChange: () => void;
  readonly #known = new Map<string, KnownSession>();
  readonly #stale = new Set<string>();
  /** Sessions being deleted: their last events must not reload them. */
  readonly #deleting = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #work: Promise<void> = Promise.resolve();
  #listedAt = 0;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  /** Newest first. */
  get all(): KnownSession[] {
    return [...this.#known.values()].toSorted((one, other) => (one.id < other.id ? 1 : -1));
  }

  find(id: string): KnownSession | undefined {
    return this.#known.get(id);
  }

  /**
   * Stores a session from a response. A status from an event since the request (`askedAt`, by `performance.now()`) is
   * newer and stays.
   */
  put(session: Session, askedAt: number): void {
    this.#store(session, askedAt);
    this.#onChange();
  }

  /** Deletes a session, and removes it from the list on success. */
  async delete(id: string): Promise<Outcome<undefined>> {
    this.#deleting.add(id);
    const answer = await this.#api.call('DELETE', pathOf(id), Nothing);
    if (answer.ok) this.forget(id);
    else this.#deleting.delete(id);
    return answer;
  }

  forget(id: string): void {
    this.#known.delete(id);
    this.#onChange();
  }

  /** Reloads everything, after requests that are already running. */
  reload(): Promise<void> {
    this.#work = this.#work.then(() => this.#loadAll());
    return this.#work;
  }

  apply({ event, session: id, payload }: GatewayEvent): void {
    if (event === 'stream.gap') void this.reload();
    if (id === null) return;
    const known = this.#known.get(id);
    const parsed = event === 'session.status' ? v.safeParse(SessionStatus, payload) : null;
    if (known !== undefined && parsed?.success) {
      const { status, since, reason, nextAttemptAt } = parsed.output;
      const statusEventAt = performance.now();
      this.#known.set(id, { ...known, status, statusSince: since, reason, nextAttemptAt, statusEventAt });
    }
    // Events contain neither the queue length nor the tokens.
    if (event === 'session.status' || event === 'message.status') this.touch(id);
  }

  /** Reloads a session soon. */
  touch(id: string): void {
    this.#stale.add(id);
    this.#refreshIn(debounceMs);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #refreshIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#work = this.#work.then(() => this.#refresh());
    }, ms);
  }

  #store(session: Session, askedAt: number): void {
    const known = this.#known.get(session.id);
    const isOutdated = known !== undefined && known.statusEventAt > askedAt;
    const { status, statusSince, reason, nextAttemptAt } = isOutdated ? known : session;
    const freshness = { loadedAt: this.#api.now(), statusEventAt: known?.statusEventAt ?? 0 };
    this.#known.set(session.id, { ...session, status, statusSince, reason, nextAttemptAt, ...freshness });
  }

  async #refresh(): Promise<void> {
    const ids = [...this.#stale].filter((id) => !this.#deleting.has(id));
    const restMs = this.#listedAt + listIntervalMs - performance.now();
    if (ids.length > maxSingleLoads && restMs > 0) return this.#refreshIn(restMs);
    this.#stale.clear();
    if (ids.length > maxSingleLoads) return this.#loadAll();
    await Promise.all(ids.map((id) => this.#load(id)));
  }

  async #load(id: string): Promise<void> {
    const askedAt = performance.now();
    const answer = await this.#api.call('GET', pathOf(id), Session);
    if (answer.ok) this.put(answer.value, askedAt);
    else if (answer.failure.status === 404) this.forget(id);
  }

  async #loadAll(): Promise<void> {
    this.#listedAt = performance.now();
    const found = new Set<string>();
    let cursor: string | null = null;
    for (let pages = 0; pages < maxPages; pages += 1) {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const askedAt = performance.now();
      const answer = await this.#api.call('GET', `sessions?limit=${pageSize}${query}`, Page);
      if (!answer.ok) {
        this.state = answer.failure;
        return this.#onChange();
      }
      for (const session of answer.value.data) {
        found.add(session.id);
        this.#store(session, askedAt);
      }
      cursor = answer.value.nextCursor;
      if (cursor === null) break;
    }
    for (const id of this.#known.keys()) if (!found.has(id)) this.#known.delete(id);
    this.state = 'ready';
    this.#onChange();
  }
}
