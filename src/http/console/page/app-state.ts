import type { Api } from './api.ts';
import { EventFeed } from './event-feed.ts';
import { EventStream } from './event-stream.ts';
import { Filter } from './filter.ts';
import type { GatewayEvent } from './resources.ts';
import { SessionList } from './session-list.ts';
import { SessionPageState } from './session-state.ts';
import type { ViewNotifier } from './view-notifier.ts';

/** How often times on the page move on. */
const tickMs = 1_000;
/** How often everything is asked for when nothing comes by itself. */
const pollMs = 3_000;
/** Deleted sessions are told by no event. */
const reloadMs = 60_000;

/** Everything that somebody who has signed in works with. */
export class AppState {
  readonly api: Api;
  readonly sessions: SessionList;
  readonly feed = new EventFeed();
  readonly filter = new Filter();
  readonly stream: EventStream;
  /** The session that is looked at. */
  open: SessionPageState | null = null;
  readonly #surface: ViewNotifier;
  readonly #ticker: ReturnType<typeof setInterval>;
  #loadedAt = 0;

  constructor(api: Api, surface: ViewNotifier) {
    this.api = api;
    this.#surface = surface;
    this.sessions = new SessionList(api, () => surface.changed());
    this.stream = new EventStream({
      api,
      onLive: () => this.#reload(),
      onEvent: (event) => this.#take(event),
      onState: () => surface.changed(),
    });
    this.#reload();
    this.#ticker = setInterval(() => this.#tick(), tickMs);
  }

  /** Turns to a session; null for the list of all. */
  look(id: string | null): void {
    if (this.open?.id === id) return;
    this.open?.close();
    this.open = id === null ? null : new SessionPageState(id, this, this.#surface);
  }

  close(): void {
    clearInterval(this.#ticker);
    this.stream.close();
    this.sessions.close();
    this.open?.close();
  }

  #reload(): void {
    this.#loadedAt = performance.now();
    void this.sessions.reload();
    this.open?.refresh();
  }

  #take(event: GatewayEvent): void {
    this.feed.add(event);
    this.sessions.apply(event);
    if (event.session === this.open?.id) this.open?.take(event);
    this.#surface.changed();
  }

  #tick(): void {
    const isFollowed = this.stream.state.kind !== 'refused';
    if (performance.now() - this.#loadedAt > (isFollowed ? reloadMs : pollMs)) this.#reload();
    this.open?.tick();
    this.#surface.changed();
  }
}
