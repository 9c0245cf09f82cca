import { isSettled } from '../../../src/domain/outbox.ts';
import type { Commit } from '../../../src/store/contract.ts';
import type { Sight } from '../checks/coverage.ts';
import type { World } from '../world/world.ts';

/** Kinds of entries whose change is a telling moment to die at. */
const tellingKinds: readonly string[] = ['outbox', 'in-flight', 'session', 'queue'];

/** Kills the process, now and then at any moment, and on purpose at the moments around a send. */
export class Crashes {
  readonly #world: World;
  /** Sends whose acknowledgement or refusal has come in during this life. */
  readonly #answered = new Set<string>();
  /** Sends whose result was stored while their caller still waits. */
  #lastSettledAt = Number.NEGATIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
  }

  noteCommit({ sets = [] }: Commit): void {
    const { books, scheduler } = this.#world;
    for (const { key } of sets) {
      const page = key[1] === 'outbox' ? books.pageOf(key[3] ?? '') : undefined;
      if (page !== undefined && isSettled(page.row)) this.#lastSettledAt = scheduler.time;
    }
    if (sets.some(({ key }) => tellingKinds.includes(key[1] ?? ''))) this.tempt();
  }

  noteAnswer(waMessageId: string): void {
    this.#answered.add(waMessageId);
    this.tempt();
  }

  /** A telling moment: the process may die before anything follows from it. */
  tempt(): void {
    const { weather } = this.#world;
    if (weather.chance(weather.climate.crashAtWindow)) this.kill();
  }

  kill(): void {
    const { verdict, life } = this.#world;
    if (life === null) return;
    verdict.see(this.#window());
    this.#world.kill();
    this.#answered.clear();
  }

  /** Between which steps of a send this moment is. */
  #window(): Sight {
    const { books, scheduler, openRequests } = this.#world;
    const inFlight = [...books.pages()].find((page) => books.inFlight(page.row.session)?.row.id === page.row.id);
    if (inFlight === undefined) {
      if (this.#lastSettledAt === scheduler.time) return 'crash between result and answer';
      return openRequests > 0 ? 'crash before begin' : 'crash with nothing in flight';
    }
    if (this.#answered.has(inFlight.row.waMessageId)) return 'crash between acknowledgement and result';
    return inFlight.handed === inFlight.row.attempts
      ? 'crash between wire and acknowledgement'
      : 'crash between begin and wire';
  }
}
