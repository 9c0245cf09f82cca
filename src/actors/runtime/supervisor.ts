import type { Logger } from 'pino';
import { type ScheduleTimer, sleep } from '../../domain/clock.ts';
import { done, errorFacts, type Outcome, refused, storeUnavailable } from '../../domain/errors.ts';
import { newRequestId } from '../../domain/ids.ts';
import type { SessionAddress, SessionRecord, SessionStatus } from '../../domain/session.ts';
import type { StoreHealth } from '../../store/gateway-store.ts';
import type { Credentials } from '../../store/records/sessions/credentials.ts';
import type { SessionStates } from '../../store/records/sessions/session-states.ts';
import type { Sessions } from '../../store/records/sessions/sessions.ts';
import { unlessUnreadable } from '../../store/unreadable-value.ts';
import type { AuditLog } from '../audit-log.ts';
import type { Subscriber } from '../inspection/subscriber.ts';
import type { Answer, Command } from '../session/commands.ts';
import type { sessionMachine } from '../session/machine.ts';
import { notHostedYet, shuttingDown } from '../session/refusals.ts';
import { type HostOptions, SessionHost } from './session-host.ts';

/** How long a session stays down after its machine has failed before it is restarted. */
const restartMs = 5_000;

/** Sessions restored before yielding to the event loop: an embedded store answers synchronously and never yields. */
const turnSize = 20;

/** Sessions in transition, for example those being linked, are not moved. */
const movable: ReadonlySet<SessionStatus> = new Set(['stopped', 'logged_out', 'failed', 'connected']);

export interface SupervisorDeps {
  sessions: Pick<Sessions, 'all' | 'find' | 'update'>;
  credentials: Pick<Credentials, 'account'>;
  /** Whether a session has something to send, so that it connects before others. */
  hasBacklog: (address: SessionAddress) => Promise<boolean>;
  /** What was last published of the sessions: their next events continue from it. */
  states: Pick<SessionStates, 'findMany'>;
  health: Pick<StoreHealth, 'state'>;
  machine: typeof sessionMachine;
  sendTimeoutMs: number;
  /** Called with every change of a session's status or reason. */
  onState: StatusListener;
  logger: Logger;
  delay: ScheduleTimer;
  audit: AuditLog;
  /** Any integer, another one each time; see `SessionInput`. */
  nextSeed: () => number;
  now: () => number;
}

/** What is known of a session beside its record. */
type Known = Partial<Pick<HostOptions, 'hasBacklog' | 'published'>>;

export type StatusListener = (record: SessionRecord, ...change: Parameters<HostOptions['onState']>) => void;

/**
 * Holds a host for every session of this process. Each session is an actor system of its own, so that a failure ends
 * one session and nothing else, and an inspector sees the session it asked for.
 */
export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #hosts = new Map<string, SessionHost>();
  /** Cancels the restart of a session whose machine has failed. */
  readonly #restarts = new Map<string, () => void>();
  #state: 'running' | 'drained' = 'running';

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
  }

  /**
   * Brings every stored session back; those that should run connect as admission lets them. Rejects with the reason of
   * the signal once it aborts; what is back by then stays so until {@link drain}.
   */
  async restore(signal: AbortSignal): Promise<void> {
    let brought = 0;
    for await (const record of this.#deps.sessions.all()) {
      signal.throwIfAborted();
      await this.bring(record, () => !signal.aborted);
      brought += 1;
      if (brought % turnSize === 0) await sleep(this.#deps.delay, 0, signal);
    }
    signal.throwIfAborted();
  }

  /** Brings a stored session back, unless it is not wanted any more when all that it needs is read. True when it is here. */
  async bring(record: SessionRecord, isWanted: () => boolean): Promise<boolean> {
    const address = { organization: record.organization, session: record.id };
    const known = await this.#withAccount(record);
    const hasBacklog = await this.#deps.hasBacklog(address);
    const [published = null] = await this.#deps.states.findMany([address]);
    if (!isWanted()) return false;
    if (!this.#hosts.has(record.id)) this.host(known, { hasBacklog, published: published?.state ?? null });
    return true;
  }

  /** A kill between linking and the first login leaves the account in the credentials only. */
  async #withAccount(record: SessionRecord): Promise<SessionRecord> {
    if (record.account !== null) return record;
    const address = { organization: record.organization, session: record.id };
    // Unreadable credentials are reported when the session tries to log in with them.
    const account = await unlessUnreadable(null, () => this.#deps.credentials.account(address));
    if (account === null) return record;
    const known = await this.#deps.sessions.update(address, (stored) => ({ ...stored, account }));
    if (known === null) return record;
    this.#deps.audit.record({ audit: 'session.linked', by: 'phone', account: account.jid, ...address });
    return known;
  }

  host(record: SessionRecord, { hasBacklog = false, published = null }: Known = {}): SessionHost {
    const { machine, sendTimeoutMs, nextSeed, delay, now } = this.#deps;
    const host = new SessionHost({
      machine,
      record,
      sendTimeoutMs,
      hasBacklog,
      published,
      seed: nextSeed(),
      delay,
      now,
      onState: (...change) => this.#deps.onState(record, ...change),
      onCrash: (error) => this.#onCrash(record, error),
    });
    this.#hosts.set(record.id, host);
    return host;
  }

  /** Of all sessions of this process. */
  addresses(): SessionAddress[] {
    return [...this.#hosts.values()].map(({ address }) => address);
  }

  /** The session whose move disturbs least: the longest unchanged; null when all are in transition. */
  leastActive(): SessionAddress | null {
    const idle = [...this.#hosts.values()].filter(({ state }) => movable.has(state.status));
    const [first] = idle.toSorted((one, other) => one.state.since - other.state.since);
    return first?.address ?? null;
  }

  /** Takes every session offline, as what arrives could not be stored. They reconnect by themselves. */
  storeFailed(): void {
    for (const host of this.#hosts.values()) host.tell({ type: 'store.failed' });
  }

  /** Passes a command to a session, unless the store fails or the process shuts down. */
  async ask(session: string, command: Command): Promise<Outcome<Answer>> {
    if (this.#state === 'drained') return refused(shuttingDown);
    if (this.#deps.health.state === 'failing') return refused(storeUnavailable);
    return this.#hosts.get(session)?.ask(command) ?? refused(notHostedYet);
  }

  /** Shows what a session does; yields how to end that. */
  watch(session: string, subscriber: Subscriber): Outcome<() => void> {
    const host = this.#hosts.get(session);
    return host === undefined ? refused(notHostedYet) : done(host.watch(subscriber));
  }

  find(session: string): SessionHost | undefined {
    return this.#hosts.get(session);
  }

  /** Ends a session's actor and forgets it. */
  dismiss(session: string): void {
    this.#restarts.get(session)?.();
    this.#restarts.delete(session);
    this.#hosts.get(session)?.end();
    this.#hosts.delete(session);
  }

  /** Lets every session finish its send in flight and close its socket, then ends all of them. */
  async drain(): Promise<void> {
    this.#state = 'drained';
    for (const cancel of this.#restarts.values()) cancel();
    const hosts = [...this.#hosts.values()];
    await Promise.all(hosts.map((host) => host.ask({ type: 'session.shutDown', requestId: newRequestId() })));
    for (const session of [...this.#hosts.keys()]) this.dismiss(session);
  }

  #onCrash({ organization, id: session }: SessionRecord, error: unknown): void {
    this.#deps.logger.error({ organization, session, ...errorFacts(error) }, 'session crashed');
    this.#reviveLater({ organization, session });
  }

  #reviveLater({ organization, session }: SessionAddress): void {
    const cancel = this.#deps.delay(restartMs, () => {
      this.#restarts.delete(session);
      const crashed = this.#hosts.get(session);
      this.#revive({ organization, session }, crashed).catch((cause: unknown) => {
        this.#deps.logger.error({ organization, session, ...errorFacts(cause) }, 'session could not be restarted yet');
        if (this.#isStill(session, crashed)) this.#reviveLater({ organization, session });
      });
    });
    this.#restarts.set(session, cancel);
  }

  async #revive(key: SessionAddress, crashed: SessionHost | undefined): Promise<void> {
    const record = await this.#deps.sessions.find(key);
    if (record === null || crashed === undefined || !this.#isStill(key.session, crashed)) return;
    this.dismiss(key.session);
    this.host(record, { published: crashed.state });
  }

  /** Whether the host that failed is still the session's: it may have left since, and come back. */
  #isStill(session: string, crashed: SessionHost | undefined): boolean {
    return this.#state === 'running' && crashed !== undefined && this.#hosts.get(session) === crashed;
  }
}
