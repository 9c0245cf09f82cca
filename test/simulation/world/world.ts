import type { ActorSystem } from '../../../src/actors/actor-system.ts';
import { type Outcome, refused } from '../../../src/domain/errors.ts';
import type { Account, SessionAddress } from '../../../src/domain/session.ts';
import { toRefusal } from '../../../src/http/response/errors.ts';
import type { Verdict } from '../checks/coverage.ts';
import { type Answer, Expectations } from '../checks/expectations.ts';
import { SendLedger } from '../checks/ledger.ts';
import { RateChecks } from '../checks/rate-checks.ts';
import { WireChecks } from '../checks/wire-checks.ts';
import { Crashes } from '../faults/crashes.ts';
import { FaultModel } from '../faults/fault-model.ts';
import { Prng } from '../prng.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Trace } from '../trace.ts';
import { Memory } from './memory-store.ts';
import { Life } from './process-life.ts';
import { WhatsApp } from './whatsapp.ts';

export interface WorldOptions {
  seed: number;
  scheduler: Scheduler;
  trace: Trace;
  verdict: Verdict;
}

interface Request {
  name: string;
  dueAt: number;
  life: Life;
  lose: () => void;
}

/** Everything outside the gateway, and the gateway itself, one life of it after another on the same store. */
export class World {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly verdict: Verdict;
  readonly dice: Prng;
  readonly weather: FaultModel;
  readonly whatsapp: WhatsApp;
  readonly books: SendLedger;
  readonly orders: Expectations;
  readonly rates: RateChecks;
  readonly checks: WireChecks;
  readonly crashes: Crashes;
  readonly maxQueued: number;
  /** Sessions that must not connect: somebody was told so. */
  readonly resting = new Set<string>();
  readonly #memory = new Memory();
  readonly #accounts = new Map<string, Account>();
  readonly #requests = new Set<Request>();
  #life: Life | null = null;
  #lives = 0;
  #clockOffsetMs = 0;
  #jumpedForwardMs = 0;

  constructor({ seed, scheduler, trace, verdict }: WorldOptions) {
    this.scheduler = scheduler;
    this.trace = trace;
    this.verdict = verdict;
    this.dice = new Prng(seed);
    this.weather = new FaultModel(this.dice.fork());
    this.maxQueued = this.dice.integer(4, 15);
    this.whatsapp = new WhatsApp({ scheduler, weather: this.weather, dice: this.dice.fork(), trace });
    this.books = new SendLedger({ verdict, trace, whatsapp: this.whatsapp });
    this.orders = new Expectations(this.whatsapp, verdict);
    this.rates = new RateChecks(verdict, () => scheduler.time + this.#jumpedForwardMs);
    this.checks = new WireChecks({ books: this.books, orders: this.orders, verdict, rates: this.rates });
    this.crashes = new Crashes(this);
    this.weather.onStoreError = (error) =>
      verdict.see(error === 'before' ? 'store error, not applied' : 'store error, applied all the same');
  }

  /** The wall clock of the gateway, in epoch milliseconds. */
  readonly now = (): number => this.scheduler.epochTime + this.#clockOffsetMs;

  get life(): Life | null {
    return this.#life;
  }

  get openRequests(): number {
    return this.#requests.size;
  }

  jumpClock(ms: number): void {
    this.trace.tell(`the wall clock jumps by ${ms} ms`);
    this.verdict.see('clock jump');
    this.#clockOffsetMs += ms;
    this.#jumpedForwardMs += Math.max(0, ms);
  }

  accountOf(session: string): Account {
    const known = this.#accounts.get(session);
    if (known !== undefined) return known;
    return this.changePhone(session);
  }

  /** From now on another phone scans the codes of a session. */
  changePhone(session: string): Account {
    const phone = String(491_700_000_000 + this.#accounts.size * 1_000 + this.dice.integer(0, 1_000));
    const account = { jid: `${phone}@s.whatsapp.net`, lid: null, phone };
    this.#accounts.set(session, account);
    return account;
  }

  /** Asks the gateway for something, as a request over HTTP does. It must answer within so many milliseconds. */
  async ask<T>(name: string, withinMs: number, run: (troupe: ActorSystem) => Promise<Outcome<T>>): Promise<Answer<T>> {
    const life = this.#life;
    if (life === null) return 'lost';
    this.trace.tell(`ask: ${name}`);
    const { promise: lost, resolve: lose } = Promise.withResolvers<'lost'>();
    const request = { name, dueAt: this.scheduler.time + withinMs, life, lose: () => lose('lost') };
    this.#requests.add(request);
    const answered = run(life.troupe).catch((error: unknown) => refused<T>(this.#refusalOf(name, error)));
    const answer = await Promise.race([answered, lost]);
    this.#requests.delete(request);
    this.trace.tell(`answer: ${name}: ${describe(answer)}`);
    this.#requireReply(name, life, answer);
    return answer;
  }

  /** Checks that no request waits for longer than it may. */
  checkRequests(): void {
    for (const { name, dueAt } of this.#requests) {
      if (this.scheduler.time > dueAt) this.verdict.violate(`${name} was not answered in time`);
    }
  }

  begin(): void {
    this.#lives += 1;
    const life = new Life({
      name: `life ${this.#lives}`,
      memory: this.#memory,
      scheduler: this.scheduler,
      weather: this.weather,
      dice: this.dice.fork(),
      trace: this.trace,
      now: this.now,
      maxQueued: this.maxQueued,
      onApplied: (commit) => {
        this.books.note(commit);
        this.rates.noteCommit(commit);
        this.crashes.noteCommit(commit);
      },
      whatsapp: this.whatsapp,
      wire: {
        accountOf: (session) => this.accountOf(session),
        onLogin: ({ session }) =>
          this.verdict.require(!this.resting.has(session), () => `${session} logs in although it is to rest`),
        onSend: (address, send) => {
          this.checks.onSend(address, send);
          this.crashes.tempt();
        },
        onAnswer: (waMessageId) => this.crashes.noteAnswer(waMessageId),
        onSecondOpen: ({ session }) => this.verdict.violate(`${session} opens a second connection`),
      },
    });
    this.trace.tell(`${life.name} begins`);
    this.#life = life;
    life.troupe.restore(new AbortController().signal).catch(() => {
      // The process ends when it cannot start; whoever watches over it starts it again.
      if (life.isAlive) this.kill();
    });
  }

  /** The process dies at this moment; another one begins some time later. */
  kill(): void {
    const life = this.#life;
    if (life === null) return;
    this.trace.tell(`${life.name} is killed`);
    life.kill();
    this.#lose(life);
    this.#beginLater();
  }

  /** The process is asked to end, and killed when it does not. */
  shutDown(): void {
    const life = this.#life;
    if (life === null || life.isDraining) return;
    this.trace.tell(`${life.name} shuts down`);
    this.verdict.see('shutdown');
    const callOff = this.scheduler.delay(60_000, () => {
      if (this.#life !== life) return;
      this.verdict.violate(`${life.name} does not end`);
    });
    life.shutDown().then(
      () => {
        callOff();
        if (this.#life !== life) return;
        this.trace.tell(`${life.name} has ended`);
        this.#lose(life);
        this.#beginLater();
      },
      () => this.verdict.violate(`${life.name} could not shut down`),
    );
  }

  #lose(life: Life): void {
    this.#life = null;
    for (const request of this.#requests) if (request.life === life) request.lose();
  }

  #beginLater(): void {
    this.scheduler.delay(this.dice.between(500, 20_000), () => this.begin());
  }

  #refusalOf(name: string, error: unknown) {
    const refusal = toRefusal(error);
    if (refusal.code === 'internal') this.verdict.violate(`${name} failed: ${String(error)}`);
    return refusal;
  }

  /** The machine itself must answer; what answers for a machine that does not is for emergencies. */
  #requireReply<T>(name: string, life: Life, answer: Answer<T>): void {
    if (answer === 'lost' || answer.ok || life.isDraining) return;
    const isUnresponsive = answer.refusal.details?.['reason'] === 'session_unresponsive';
    this.verdict.require(!isUnresponsive, () => `${name} was not answered by the session`);
  }
}

export function addressOf(session: string): SessionAddress {
  return { organization: 'acme', session };
}

function describe<T>(answer: Answer<T>): string {
  if (answer === 'lost') return 'lost';
  if (!answer.ok) return `${answer.refusal.code}, ${answer.refusal.message}`;
  const { value } = answer;
  const isSend = typeof value === 'object' && value !== null && 'result' in value;
  return isSend ? JSON.stringify(value) : 'ok';
}
