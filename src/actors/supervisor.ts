import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { errorFacts } from '../domain/errors.ts';
import { newRequestId } from '../domain/ids.ts';
import type { SessionAddress, SessionRecord, SessionState } from '../domain/session.ts';
import type { Sessions } from '../store/sessions.ts';
import type { sessionMachine } from './session/machine.ts';
import { SessionHost } from './session-host.ts';

/** How long a session whose machine failed stays down before it is begun anew. */
const restartMs = 5_000;

export interface SupervisorDeps {
  sessions: Pick<Sessions, 'all' | 'find'>;
  machine: typeof sessionMachine;
  sendTimeoutMs: number;
  logger: Logger;
  now: () => number;
}

/**
 * Holds a host for every session of this process. Each session is an actor system of its own, so that a failure ends
 * one session and nothing else, and an inspector sees the session it asked for.
 */
export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #hosts = new Map<string, SessionHost>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  #state: 'running' | 'drained' = 'running';

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
  }

  /** Brings every stored session back; those that should run connect as admission lets them. */
  async restore(): Promise<void> {
    for await (const record of this.#deps.sessions.all()) {
      if (!this.#hosts.has(record.id)) this.host(record);
    }
  }

  host(record: SessionRecord): SessionHost {
    const host = new SessionHost({
      ...this.#deps,
      record,
      seed: randomInt(2 ** 31),
      onState: (state) => this.#onState(record, state),
      onCrash: (error) => this.#onCrash(record, error),
    });
    this.#hosts.set(record.id, host);
    return host;
  }

  find(session: string): SessionHost | undefined {
    return this.#hosts.get(session);
  }

  /** Ends a session's actor and forgets it. */
  dismiss(session: string): void {
    this.#hosts.get(session)?.end();
    this.#hosts.delete(session);
  }

  /** Lets every session finish its send in flight and close its socket, then ends all of them. */
  async drain(): Promise<void> {
    this.#state = 'drained';
    for (const restart of this.#restarts) clearTimeout(restart);
    const hosts = [...this.#hosts.values()];
    await Promise.all(hosts.map((host) => host.ask({ type: 'session.shutDown', requestId: newRequestId() })));
    for (const session of [...this.#hosts.keys()]) this.dismiss(session);
  }

  #onState({ organization, id: session }: SessionRecord, { status, reason }: SessionState): void {
    this.#deps.logger.info({ organization, session, status, reason }, 'session status');
  }

  #onCrash({ organization, id: session }: SessionRecord, error: unknown): void {
    this.#deps.logger.error({ organization, session, ...errorFacts(error) }, 'session crashed');
    const restart = setTimeout(() => {
      this.#restarts.delete(restart);
      this.#revive({ organization, session }).catch((cause: unknown) => {
        this.#deps.logger.error({ organization, session, ...errorFacts(cause) }, 'session could not be revived');
      });
    }, restartMs);
    this.#restarts.add(restart);
  }

  async #revive(key: SessionAddress): Promise<void> {
    const record = await this.#deps.sessions.find(key);
    if (record === null || this.#state !== 'running' || !this.#hosts.has(key.session)) return;
    this.dismiss(key.session);
    this.host(record);
  }
}
