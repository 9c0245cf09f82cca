import type { SessionService, SessionView } from '../../../src/actors/api/session-service.ts';
import type { Outcome } from '../../../src/domain/errors.ts';
import type { Answer } from '../checks/expectations.ts';
import type { Limits } from '../checks/rate-checks.ts';
import type { Prng } from '../prng.ts';
import { addressOf, type World } from './world.ts';

/** Whoever operates the simulated gateway. */
const by = {
  organization: 'acme',
  kind: 'api_key',
  subject: 'operator',
  expiresAt: null,
  capabilities: ['manage'],
} as const;
const asker = { by, requestId: 'simulated' };

/** Stopping and logging out await the send in flight and the end of the connection. */
const lifecycleMs = 60_000;

/** Whoever manages a session: starts it, stops it, links it again, and changes its limits. */
export class Operator {
  readonly #world: World;
  readonly #prng: Prng;
  readonly session: string;
  /** Those that may be in force, when it is not known which ones are. */
  #limits: Limits;

  constructor(world: World, session: string, limits: Limits) {
    this.#world = world;
    this.#prng = world.prng.fork();
    this.session = session;
    this.#limits = limits;
    world.rates.limit(session, limits);
  }

  /** Goes on until the moment is over. What has stopped by itself is started again. */
  async act(until: () => boolean): Promise<void> {
    while (!until()) {
      await this.#world.scheduler.pause(this.#prng.wait(60_000));
      if (until()) return;
      if (await this.#isDown()) await this.start();
      else await this.#actOnce();
    }
  }

  /** Wishes that the session runs; true when it has begun to. */
  async start(): Promise<boolean> {
    this.#world.resting.delete(this.session);
    const answer = await this.#ask('start', (sessions) => sessions.start(addressOf(this.session)));
    return answer !== 'lost' && answer.ok;
  }

  async stop(): Promise<boolean> {
    return this.#rest('stop');
  }

  async view(): Promise<SessionView | null> {
    const answer = await this.#world.ask('look', lifecycleMs, async (troupe) => {
      const value = await troupe.sessions.find(addressOf(this.session));
      return { ok: true, value };
    });
    return answer === 'lost' || !answer.ok ? null : answer.value;
  }

  async #isDown(): Promise<boolean> {
    const status = (await this.view())?.state.status;
    return status === 'stopped' || status === 'failed' || status === 'logged_out';
  }

  async #actOnce(): Promise<void> {
    switch (this.#prng.pick({ nothing: 4, stop: 1, logout: 0.3, settings: 2, code: 0.3 })) {
      case 'stop':
        await this.#rest('stop');
        return;
      case 'logout':
        if ((await this.#rest('logout')) && this.#prng.chance(0.3)) this.#world.changePhone(this.session);
        return;
      case 'settings':
        return this.#changeLimits();
      case 'code':
        this.#world.resting.delete(this.session);
        await this.#ask('pairing code', (sessions) => sessions.pairingCode(addressOf(this.session), '491701234567'));
        return;
    }
  }

  async #rest(how: 'stop' | 'logout'): Promise<boolean> {
    const address = addressOf(this.session);
    const answer = await this.#ask(how, (sessions) =>
      how === 'stop' ? sessions.stop(address) : sessions.logout(address, asker),
    );
    if (answer === 'lost' || !answer.ok) return false;
    this.#world.resting.add(this.session);
    this.#world.verdict.see(how === 'stop' ? 'stopped' : 'logged out');
    return true;
  }

  async #changeLimits(): Promise<void> {
    const limits = { ratePerMin: this.#prng.integer(6, 60), rateBurst: this.#prng.integer(1, 8) };
    const { rates } = this.#world;
    this.#limits = {
      ratePerMin: Math.max(this.#limits.ratePerMin, limits.ratePerMin),
      rateBurst: Math.max(this.#limits.rateBurst, limits.rateBurst),
    };
    rates.limit(this.session, this.#limits);
    const what = `limits ${JSON.stringify(limits)}`;
    const answer = await this.#ask(what, (sessions) => sessions.update(addressOf(this.session), limits));
    if (answer === 'lost' || !answer.ok) return;
    this.#limits = limits;
    rates.limit(this.session, limits);
  }

  #ask<T>(what: string, run: (sessions: SessionService) => Promise<Outcome<T>>): Promise<Answer<T>> {
    return this.#world.ask<T>(`${what} ${this.session}`, lifecycleMs, (troupe) => run(troupe.sessions));
  }
}
