import * as v from 'valibot';
import type { Api } from './api.ts';
import type { Failure, Outcome } from './failure.ts';
import { type GatewayEvent, Nothing, pageOf, pathOf, Session, SessionStatus } from './resources.ts';

/** A session, and when the gateway told of it, by the gateway's clock. */
export interface KnownSession extends Session {
  seenAt: number;
  /** When an event last told its status, by `performance.now()`; 0 while none has. */
  toldAt: number;
}

const pageSize = 200;
/** More sessions than that are not shown. */
const maxPages = 25;
/** What happens within that time is looked at together. */
const gatherMs = 300;
/** That many sessions are asked for one by one; more of them come with the whole list, which is asked for less often. */
const fewSessions = 4;
const betweenListsMs = 3_000;

const Page = pageOf(Session);

/** The organization's sessions, kept up to date by events and by asking again where an event says too little. */
export class SessionList {
  state: 'loading' | 'ready' | Failure = 'loading';
  readonly #api: Api;
  readonly #onChange: () => void;
  readonly #known = new Map<string, KnownSession>();
  readonly #stale = new Set<string>();
  /** Sessions that are being deleted: their last events come in, and they are asked for no more. */
  readonly #leaving = new Set<string>();
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
   * Takes over what the gateway has answered with. What an event has told since it was asked (`performance.now()`) is
   * newer.
   */
  put(session: Session, askedAt: number): void {
    this.#take(session, askedAt);
    this.#onChange();
  }

  /** Has a session deleted, and forgets it once that is done. */
  async delete(id: string): Promise<Outcome<undefined>> {
    this.#leaving.add(id);
    const answer = await this.#api.call('DELETE', pathOf(id), Nothing);
    if (answer.ok) this.forget(id);
    else this.#leaving.delete(id);
    return answer;
  }

  forget(id: string): void {
    this.#known.delete(id);
    this.#onChange();
  }

  /** Asks for everything anew, after what is being asked for already. */
  reload(): Promise<void> {
    this.#work = this.#work.then(() => this.#loadAll());
    return this.#work;
  }

  apply({ event, session: id, payload }: GatewayEvent): void {
    if (event === 'stream.gap') void this.reload();
    if (id === null) return;
    const known = this.#known.get(id);
    const told = event === 'session.status' ? v.safeParse(SessionStatus, payload) : null;
    if (known !== undefined && told?.success) {
      const { status, since, reason, nextAttemptAt } = told.output;
      const toldAt = performance.now();
      this.#known.set(id, { ...known, status, statusSince: since, reason, nextAttemptAt, toldAt });
    }
    // How long the queue is and how full the bucket, no event tells.
    if (event === 'session.status' || event === 'message.status') this.touch(id);
  }

  /** Has a session asked for again, soon. */
  touch(id: string): void {
    this.#stale.add(id);
    this.#refreshIn(gatherMs);
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

  #take(session: Session, askedAt: number): void {
    const known = this.#known.get(session.id);
    const isOutdated = known !== undefined && known.toldAt > askedAt;
    const { status, statusSince, reason, nextAttemptAt } = isOutdated ? known : session;
    const seen = { seenAt: this.#api.now(), toldAt: known?.toldAt ?? 0 };
    this.#known.set(session.id, { ...session, status, statusSince, reason, nextAttemptAt, ...seen });
  }

  async #refresh(): Promise<void> {
    const ids = [...this.#stale].filter((id) => !this.#leaving.has(id));
    const restMs = this.#listedAt + betweenListsMs - performance.now();
    if (ids.length > fewSessions && restMs > 0) return this.#refreshIn(restMs);
    this.#stale.clear();
    if (ids.length > fewSessions) return this.#loadAll();
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
        this.#take(session, askedAt);
      }
      cursor = answer.value.nextCursor;
      if (cursor === null) break;
    }
    for (const id of this.#known.keys()) if (!found.has(id)) this.#known.delete(id);
    this.state = 'ready';
    this.#onChange();
  }
}
