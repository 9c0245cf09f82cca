import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../../../bench/statistics.ts';
import type { Random } from '../../faults/harness/random.ts';
import type { Lane, LaneReport, Outcome } from './load-plan.ts';
import { Wire, type WireAnswer } from './wire.ts';

/** Arrivals are looked after that often. */
const tickMs = 1;
/** Longer than an answer may take that is on its way when the load ends. */
const graceMs = 10_000;
const probe = 'GET /livez HTTP/1.1\r\nHost: troupe\r\n\r\n';

function outcomeOf({ status, body }: WireAnswer): Outcome {
  if (status >= 200 && status < 300) return 'good';
  if (status === 503 || (status === 429 && body.includes('"queue_full"'))) return 'shed';
  return status === 429 ? 'limited' : 'other';
}

/** Puts one lane's load on a gateway. */
export class LoadLane {
  readonly #lane: Lane;
  readonly #url: string;
  readonly #random: Random;
  readonly #idle: Wire[] = [];
  readonly #times: Record<Outcome, number[]> = { good: [], shed: [], limited: [], other: [] };
  readonly #others: Record<string, number> = {};
  #due = 0;
  #asked = 0;
  #answered = 0;
  #running = 0;

  constructor(lane: Lane, url: string, random: Random) {
    this.#lane = lane;
    this.#url = url;
    this.#random = random;
  }

  /**
   * Opens the connections, and waits for an answer on each: Node accepts one connection in a turn of its event loop, so
   * that one which only the kernel has accepted would wait for its turn under the load, and count as a slow answer.
   */
  async connect(): Promise<void> {
    while (this.#idle.length < this.#lane.wires) {
      const wire = await Wire.open(this.#url);
      await wire.ask(probe);
      this.#idle.push(wire);
    }
  }

  async run(durationMs: number): Promise<LaneReport> {
    const until = performance.now() + durationMs;
    if (this.#lane.perSecond === null) await this.#askAgain(until);
    else await this.#askWhenDue(this.#lane.perSecond, until);
    for (const end = performance.now() + graceMs; this.#running > 0 && performance.now() < end; ) await pause(10);
    return this.#report();
  }

  /** A closed loop. */
  async #askAgain(until: number): Promise<void> {
    const keepAsking = async (): Promise<void> => {
      while (performance.now() < until) {
        this.#due += 1;
        await this.#ask();
      }
    };
    await Promise.all(this.#idle.map(keepAsking));
  }

  /** An open loop: what is due comes, however slow the answers are. */
  async #askWhenDue(perSecond: number, until: number): Promise<void> {
    const beganAt = performance.now();
    while (performance.now() < until) {
      const due = Math.floor(((performance.now() - beganAt) * perSecond) / 1_000);
      for (; this.#due < due; this.#due += 1) if (this.#idle.length > 0) void this.#ask();
      await pause(tickMs);
    }
  }

  async #ask(): Promise<void> {
    const wire = this.#idle.pop();
    const request = this.#lane.requests[this.#random.between(0, this.#lane.requests.length - 1)];
    if (wire === undefined || request === undefined) return;
    this.#asked += 1;
    this.#running += 1;
    // Without an answer it stays unanswered, and is told as that.
    const answer = await wire.ask(request).catch(() => null);
    this.#running -= 1;
    if (answer !== null) this.#note(answer);
    const next = wire.isOpen ? wire : await Wire.open(this.#url).catch(() => null);
    if (next !== null) this.#idle.push(next);
  }

  #note(answer: WireAnswer): void {
    const outcome = outcomeOf(answer);
    this.#answered += 1;
    this.#times[outcome].push(answer.elapsedMs);
    if (outcome !== 'other') return;
    this.#others[answer.status] = (this.#others[answer.status] ?? 0) + 1;
  }

  #report(): LaneReport {
    const { good, shed, limited, other } = this.#times;
    return {
      name: this.#lane.name,
      due: this.#due,
      asked: this.#asked,
      unanswered: this.#asked - this.#answered,
      tallies: { good: tally(good), shed: tally(shed), limited: tally(limited), other: tally(other) },
      others: this.#others,
    };
  }
}

/** Zero for the times of none. */
function tally(times: readonly number[]): LaneReport['tallies']['good'] {
  if (times.length === 0) return { count: 0, p50: 0, p99: 0, most: 0 };
  return { count: times.length, p50: quantile(times, 0.5), p99: quantile(times, 0.99), most: quantile(times, 1) };
}
