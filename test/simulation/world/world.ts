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
import { ProcessLife } from './process-life.ts';
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
  processLife: ProcessLife;
  lose: () => void;
}

/** Everything outside the gateway, and the gateway itself, one life of it after another on the same store. */
export class World {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly verdict: Verdict;
  readonly prng: Prng;
  readonly faultModel: FaultModel;
  readonly whatsapp: WhatsApp;
  readonly ledger: SendLedger;
  readonly expectations: Expectations;
  readonly rates: RateChecks;
  readonly checks: WireChecks;
  readonly crashes: Crashes;
  readonly maxQueued: number;
  /** Sessions that must not connect: somebody was told so. */
  readonly resting = new Set<string>();
  readonly #memory = new Memory();
  readonly #accounts = new Map<string, Account>();
  readonly #requests = new Set<Request>();
  #processLife: ProcessLife | null = null;
  #processLives = 0;
  #clockOffsetMs = 0;
  #jumpedForwardMs = 0;

  constructor({ seed, scheduler, trace, verdict }: WorldOptions) {
    this.scheduler = scheduler;
    this.trace = trace;
    this.verdict = verdict;
    this.prng = new Prng(seed);
    this.faultModel = new FaultModel(this.prng.fork());
    this.maxQueued = this.prng.integer(4, 15);
    this.whatsapp = new WhatsApp({ scheduler, faultModel: this.faultModel, prng: this.prng.fork(), trace });
    this.ledger = new SendLedger({ verdict, trace, whatsapp: this.whatsapp });
    this.expectations = new Expectations(this.whatsapp, verdict);
    this.rates = new RateChecks(verdict, () => scheduler.time + this.#jumpedForwardMs);
    this.checks = new WireChecks({ ledger: this.ledger, expectations: this.expectations, verdict, rates: this.rates });
    this.crashes = new Crashes(this);
    this.faultModel.onStoreError = (error) =>
      verdict.see(error === 'before' ? 'store error, not applied' : 'store error, applied all the same');
  }

  /** The wall clock of the gateway, in epoch milliseconds. */
  readonly now = (): number => this.scheduler.epochTime + this.#clockOffsetMs;

  get processLife(): ProcessLife | null {
    return this.#processLife;
  }

  get openRequests(): number {
    return this.#requests.size;
  }

  jumpClock(ms: number): void {
    this.trace.write(`the wall clock jumps by ${ms} ms`);
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
    const phone = String(491_700_000_000 + this.#accounts.size * 1_000 + this.prng.integer(0, 1_000));
    const account = { jid: `${phone}@s.whatsapp.net`, lid: null, phone };
    this.#accounts.set(session, account);
    return account;
  }

  /** Asks the gateway for something, as a request over HTTP does. It must answer within so many milliseconds. */
  async ask<T>(name: string, withinMs: number, run: (troupe: ActorSystem) => Promise<Outcome<T>>): Promise<Answer<T>> {
    const processLife = this.#processLife;
    if (processLife === null) return 'lost';
    this.trace.write(`ask: ${name}`);
    const { promise: lost, resolve: lose } = Promise.withResolvers<'lost'>();
    const request = { name, dueAt: this.scheduler.time + withinMs, processLife, lose: () => lose('lost') };
    this.#requests.add(request);
    const answered = run(processLife.troupe).catch((error: unknown) => refused<T>(this.#refusalOf(name, error)));
    const answer = await Promise.race([answered, lost]);
    this.#requests.delete(request);
    this.trace.write(`answer: ${name}: ${describe(answer)}`);
    this.#requireReply(name, processLife, answer);
    return answer;
  }

  /** Checks that no request waits for longer than it may. */
  checkRequests(): void {
    for (const { name, dueAt } of this.#requests) {
      if (this.scheduler.time > dueAt) this.verdict.violate(`${name} was not answered in time`);
    }
  }

  begin(): void {
    this.#processLives += 1;
    const processLife = new ProcessLife({
      name: `life ${this.#processLives}`,
      memory: this.#memory,
      scheduler: this.scheduler,
      faultModel: this.faultModel,
      prng: this.prng.fork(),
      trace: this.trace,
      now: this.now,
      maxQueued: this.maxQueued,
      onApplied: (commit) => {
        this.ledger.note(commit);
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
          this.crashes.maybeCrash();
        },
        onAnswer: (waMessageId) => this.crashes.noteAnswer(waMessageId),
        onSecondOpen: ({ session }) => this.verdict.violate(`${session} opens a second connection`),
      },
    });
    this.trace.write(`${processLife.name} begins`);
    this.#processLife = processLife;
    processLife.troupe.restore(new AbortController().signal).catch(() => {
      // The process ends when it cannot start; whoever watches over it starts it again.
      if (processLife.isAlive) this.kill();
    });
  }

  /** The process dies at this moment; another one begins some time later. */
  kill(): void {
    const processLife = this.#processLife;
    if (processLife === null) return;
    this.trace.write(`${processLife.name} is killed`);
    processLife.kill();
    this.#lose(processLife);
    this.#beginLater();
  }

  /** The process is asked to end, and killed when it does not. */
  shutDown(): void {
    const processLife = this.#processLife;
    if (processLife === null || processLife.isDraining) return;
    this.trace.write(`${processLife.name} shuts down`);
    this.verdict.see('shutdown');
    const callOff = this.scheduler.delay(60_000, () => {
      if (this.#processLife !== processLife) return;
      this.verdict.violate(`${processLife.name} does not end`);
    });
    processLife.shutDown().then(
      () => {
        callOff();
        if (this.#processLife !== processLife) return;
        this.trace.write(`${processLife.name} has ended`);
        this.#lose(processLife);
        this.#beginLater();
      },
      () => this.verdict.violate(`${processLife.name} could not shut down`),
    );
  }

  #lose(processLife: ProcessLife): void {
    this.#processLife = null;
    for (const request of this.#requests) if (request.processLife === processLife) request.lose();
  }

  #beginLater(): void {
    this.scheduler.delay(this.prng.between(500, 20_000), () => this.begin());
  }

  #refusalOf(name: string, error: unknown) {
    const refusal = toRefusal(error);
    if (refusal.code === 'internal') this.verdict.violate(`${name} failed: ${String(error)}`);
    return refusal;
  }

  /** The machine itself must answer; what answers for a machine that does not is for emergencies. */
  #requireReply<T>(name: string, processLife: ProcessLife, answer: Answer<T>): void {
    if (answer === 'lost' || answer.ok || processLife.isDraining) return;
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
