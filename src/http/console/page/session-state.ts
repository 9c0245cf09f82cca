import type { Api } from './api.ts';
import type { Failure } from './failure.ts';
import { Linking } from './linking.ts';
import { OutboxPages } from './outbox-pages.ts';
import { type GatewayEvent, pathOf, Session } from './resources.ts';
import { SendReports } from './send-reports.ts';
import type { KnownSession, SessionList } from './session-list.ts';
import { Statechart } from './statechart.ts';
import type { ViewNotifier } from './view-notifier.ts';

/** What somebody may have a session do, by the end of its address. */
export type Order = 'start' | 'stop' | 'logout';

/** One session that is looked at: what is known of it, and what can be done with it. */
export class SessionPageState {
  readonly id: string;
  readonly api: Api;
  readonly linking: Linking;
  readonly outbox: OutboxPages;
  readonly reports: SendReports;
  readonly statechart: Statechart;
  /** What went wrong with the last order, until the next one. */
  problem: Failure | null = null;
  /** The order that is being carried out. */
  running: Order | 'delete' | 'settings' | null = null;
  /** What the settings were last changed to here; null until they were. */
  saved: object | null = null;
  readonly #sessions: SessionList;
  readonly #surface: ViewNotifier;

  constructor(id: string, { api, sessions }: { api: Api; sessions: SessionList }, surface: ViewNotifier) {
    this.id = id;
    this.api = api;
    this.#sessions = sessions;
    this.#surface = surface;
    const changed = () => surface.changed();
    this.linking = new Linking(id, api, changed);
    this.outbox = new OutboxPages(id, api, changed);
    this.reports = new SendReports(id, api, changed);
    this.statechart = new Statechart(id, api, changed);
    this.refresh();
  }

  get session(): KnownSession | undefined {
    return this.#sessions.find(this.id);
  }

  refresh(): void {
    this.#sessions.touch(this.id);
    void this.outbox.reload();
  }

  take(event: GatewayEvent): void {
    if (event.event === 'message.status') this.outbox.apply(event);
    if (event.event === 'auth.qr') this.linking.renew();
    if (event.event === 'session.status') {
      const status = String(event.payload['status']);
      this.#surface.announce(`The session is ${status.replaceAll('_', ' ')} now.`);
    }
  }

  tick(): void {
    const { session } = this;
    this.linking.tick(session?.status === 'pairing' ? session.statusSince : null);
  }

  async order(order: Order): Promise<void> {
    const askedAt = performance.now();
    const answer = await this.#run(order, () => this.api.call('POST', pathOf(this.id, `:${order}`), Session));
    if (answer.ok) this.#sessions.put(answer.value, askedAt);
  }

  /** Deletes the session and goes back to the list. */
  async delete(): Promise<void> {
    const answer = await this.#run('delete', () => this.#sessions.delete(this.id));
    if (answer.ok) location.hash = '#/';
  }

  async change(settings: object): Promise<void> {
    this.saved = null;
    const askedAt = performance.now();
    const ask = { body: settings };
    const answer = await this.#run('settings', () => this.api.call('PATCH', pathOf(this.id), Session, ask));
    if (!answer.ok) return;
    this.saved = settings;
    this.#sessions.put(answer.value, askedAt);
  }

  close(): void {
    this.linking.close();
    this.statechart.close();
  }

  async #run<T extends { ok: true } | { ok: false; failure: Failure }>(
    order: NonNullable<SessionPageState['running']>,
    ask: () => Promise<T>,
  ): Promise<T> {
    this.running = order;
    this.problem = null;
    this.#surface.changed();
    const answer = await ask();
    this.running = null;
    if (!answer.ok) this.problem = answer.failure;
    this.#surface.changed();
    return answer;
  }
}
