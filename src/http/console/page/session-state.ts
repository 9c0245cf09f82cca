import type { Api } from './api.ts';
import type { Failure } from './failure.ts';
import { awaitsPasskey, Linking } from './linking.ts';
import { OutboxPages } from './outbox-pages.ts';
import { type GatewayEvent, pathOf, Session } from './resources.ts';
import { SendReports } from './send-reports.ts';
import type { KnownSession, SessionList } from './session-list.ts';
import { Statechart } from './statechart.ts';
import type { ViewNotifier } from './view-notifier.ts';

/** The commands of a session, as they end its path. */
export type SessionCommand = 'start' | 'stop' | 'logout';

/** The state of one session's page, and its actions. */
export class SessionPageState {
  readonly id: string;
  readonly api: Api;
  readonly linking: Linking;
  readonly outbox: OutboxPages;
  readonly reports: SendReports;
  readonly statechart: Statechart;
  /** Why the last action failed, until the next one. */
  problem: Failure | null = null;
  /** The action in progress. */
  running: SessionCommand | 'delete' | 'settings' | null = null;
  /** The settings last saved on this page; null before that. */
  saved: object | null = null;
  readonly #sessions: SessionList;
  readonly #notifier: ViewNotifier;

  constructor(id: string, { api, sessions }: { api: Api; sessions: SessionList }, notifier: ViewNotifier) {
    this.id = id;
    this.api = api;
    this.#sessions = sessions;
    this.#notifier = notifier;
    const changed = () => notifier.changed();
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

  apply(event: GatewayEvent): void {
    if (event.event === 'message.status') this.outbox.apply(event);
    if (event.event === 'auth.qr') this.linking.renew();
    if (event.event === 'session.status') {
      const status = String(event.payload['status']);
      this.#notifier.announce(`The session is now ${status.replaceAll('_', ' ')}.`);
    }
  }

  tick(): void {
    const { session } = this;
    const showsCodes = session?.status === 'pairing' && !awaitsPasskey(session);
    this.linking.tick(showsCodes ? session.statusSince : null);
  }

  async command(command: SessionCommand): Promise<void> {
    const askedAt = performance.now();
    const answer = await this.#run(command, () => this.api.call('POST', pathOf(this.id, `:${command}`), Session));
    if (answer.ok) this.#sessions.put(answer.value, askedAt);
  }

  /** Deletes the session and goes back to the list. */
  async delete(): Promise<void> {
    const answer = await this.#run('delete', () => this.#sessions.delete(this.id));
    if (answer.ok) location.hash = '#/';
  }

  async changeSettings(settings: object): Promise<void> {
    this.saved = null;
    const askedAt = performance.now();
    const options = { body: settings };
    const answer = await this.#run('settings', () => this.api.call('PATCH', pathOf(this.id), Session, options));
    if (!answer.ok) return;
    this.saved = settings;
    this.#sessions.put(answer.value, askedAt);
  }

  close(): void {
    this.linking.close();
    this.statechart.close();
  }

  async #run<T extends { ok: true } | { ok: false; failure: Failure }>(
    action: NonNullable<SessionPageState['running']>,
    request: () => Promise<T>,
  ): Promise<T> {
    this.running = action;
    this.problem = null;
    this.#notifier.changed();
    const answer = await request();
    this.running = null;
    if (!answer.ok) this.problem = answer.failure;
    this.#notifier.changed();
    return answer;
  }
}
