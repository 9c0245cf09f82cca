import assert from 'node:assert/strict';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import type { GatewayProcess } from '../../support/gateway/gateway-process.ts';
import type { World } from '../support/world.ts';
import type { CrashPlan } from './crash-plan.ts';
import { type LifeEnd, sendsInFlight } from './judge/in-flight.ts';

const crashPoints = join(import.meta.dirname, '../preloads/crash-points.ts');

/** Longer than a restart with a send in doubt takes. */
const crashTimeoutMs = 60_000;

/** The lives of a gateway: its processes, one after the other. */
export class GatewayLives {
  readonly #world: World;
  readonly #preloads: readonly string[];
  #gateway: GatewayProcess | undefined;
  #since = 0;
  #until = 0;
  #killedAt = 0;
  /** How many lives were ended by a crash or a kill. */
  kills = 0;

  constructor(world: World, preloads: readonly string[] = []) {
    this.#world = world;
    this.#preloads = [crashPoints, ...preloads];
  }

  /** The gateway that runs now. */
  get gateway(): GatewayProcess {
    if (this.#gateway === undefined) throw new Error('no gateway was started');
    return this.#gateway;
  }

  /** Starts the next one, which is to crash as planned. */
  async start(plan?: CrashPlan): Promise<void> {
    this.#since = this.#now();
    this.#gateway = await this.#world.start(this.#preloads);
    if (plan !== undefined) await this.gateway.tell(plan);
  }

  /** Kills it, unless it has crashed already. */
  async kill(): Promise<void> {
    this.#killedAt = Date.now();
    await this.gateway.end('SIGKILL');
    await this.untilCrashed();
  }

  /** Resolves when the gateway has crashed as planned. */
  async untilCrashed(): Promise<void> {
    const { promise, reject } = Promise.withResolvers<void>();
    const late = setTimeout(() => reject(new Error('the gateway did not crash in time')), crashTimeoutMs);
    await Promise.race([this.gateway.ended, promise]).finally(() => clearTimeout(late));
    await eventually(() => assert.deepEqual(this.#world.simulator.connections(), []));
    this.kills += 1;
    const [, crashedAt] = /^crashed at (\d+)$/m.exec(this.gateway.output()) ?? [];
    if (crashedAt !== undefined) this.#killedAt = Number(crashedAt);
    this.#until = this.#now();
  }

  /** What the last life left in its store; call it before the next one starts. */
  async lastEnd(): Promise<LifeEnd> {
    return {
      since: this.#since,
      until: this.#until,
      killedAt: this.#killedAt,
      inFlight: await sendsInFlight(this.#world),
    };
  }

  /** The place in the ledger at which the present life began. */
  get since(): number {
    return this.#since;
  }

  #now(): number {
    return this.#world.simulator.ledger.entries.at(-1)?.seq ?? 0;
  }
}
