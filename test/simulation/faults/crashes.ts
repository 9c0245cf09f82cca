import { isSettled } from '../../../src/domain/outbox.ts';
import type { Commit } from '../../../src/store/contract.ts';
import type { Sight } from '../checks/coverage.ts';
import type { World } from '../world/world.ts';

/** Kinds of entries whose change is a moment at which a crash is tried. */
const crashKinds: readonly string[] = ['outbox', 'in-flight', 'session', 'queue'];

/** Kills the process: at random moments, and more often at those around a send. */
export class Crashes {
  readonly #world: World;
  /** Sends whose acknowledgement or refusal has come in since the process was started. */
  readonly #answered = new Set<string>();
  /** Sends whose result was stored while their caller still waits. */
  #lastSettledAt = Number.NEGATIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
  }

  noteCommit({ sets = [] }: Commit): void {
    const { ledger, scheduler } = this.#world;
    for (const { key } of sets) {
      const entry = key[1] === 'outbox' ? ledger.entryOf(key[3] ?? '') : undefined;
      if (entry !== undefined && isSettled(entry.row)) this.#lastSettledAt = scheduler.time;
    }
    if (sets.some(({ key }) => crashKinds.includes(key[1] ?? ''))) this.maybeCrash();
  }

  noteAnswer(waMessageId: string): void {
    this.#answered.add(waMessageId);
    this.maybeCrash();
  }

  /** The process may crash here, before anything follows from what has happened. */
  maybeCrash(): void {
    const { faultModel } = this.#world;
    if (faultModel.chance(faultModel.profile.crashAtWindow)) this.kill();
  }

  kill(): void {
    const { verdict, processLife } = this.#world;
    if (processLife === null) return;
    verdict.see(this.#window());
    this.#world.kill();
    this.#answered.clear();
  }

  /** Between which steps of a send this moment is. */
  #window(): Sight {
    const { ledger, scheduler, openRequests } = this.#world;
    const inFlight = [...ledger.entries()].find((entry) => ledger.inFlight(entry.row.session)?.row.id === entry.row.id);
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
