import type { Api } from './api.ts';
import { EventFeed } from './event-feed.ts';
import { EventStream } from './event-stream.ts';
import { Filter } from './filter.ts';
import type { GatewayEvent } from './resources.ts';
import { SessionList } from './session-list.ts';
import { SessionPageState } from './session-state.ts';
import type { ViewNotifier } from './view-notifier.ts';

/** How often the times on the page are updated. */
const tickMs = 1_000;
/** How often everything is reloaded while events cannot be followed. */
const pollMs = 3_000;
/** No event reports that a session was deleted. */
const reloadMs = 60_000;

/** The state of the console after signing in. */
export class AppState {
  readonly api: Api;
  readonly sessions: SessionList;
  readonly eventFeed = new EventFeed();
  readonly filter = new Filter();
  readonly stream: EventStream;
  /** The session whose page is open. */
  open: SessionPageState | null = null;
  readonly #notifier: ViewNotifier;
  readonly #ticker: ReturnType<typeof setInterval>;
  #loadedAt = 0;

  constructor(api: Api, notifier: ViewNotifier) {
    this.api = api;
    this.#notifier = notifier;
    this.sessions = new SessionList(api, () => notifier.changed());
    this.stream = new EventStream({
      api,
      onLive: () => this.#reload(),
      onEvent: (event) => this.#apply(event),
      onState: () => notifier.changed(),
    });
    this.#reload();
    this.#ticker = setInterval(() => this.#tick(), tickMs);
  }

  /** Opens the page of a session; null for the list. */
  show(id: string | null): void {
    if (this.open?.id === id) return;
    this.open?.close();
    this.open = id === null ? null : new SessionPageState(id, this, this.#notifier);
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

  #apply(event: GatewayEvent): void {
    this.eventFeed.add(event);
    this.sessions.apply(event);
    if (event.session === this.open?.id) this.open?.apply(event);
    this.#notifier.changed();
  }

  #tick(): void {
    const isFollowed = this.stream.state.kind !== 'refused';
    if (performance.now() - this.#loadedAt > (isFollowed ? reloadMs : pollMs)) this.#reload();
    this.open?.tick();
    this.#notifier.changed();
  }
}
