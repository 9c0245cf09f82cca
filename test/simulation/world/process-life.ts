import { Writable } from 'node:stream';
import { pino } from 'pino';
import { type ActorSystem, createActorSystem } from '../../../src/actors/actor-system.ts';
import { createAuditLog } from '../../../src/actors/audit-log.ts';
import type { ScheduleTimer } from '../../../src/domain/clock.ts';
import { OperatorError } from '../../../src/domain/errors.ts';
import type { Commit, Store } from '../../../src/store/contract.ts';
import type { GatewayStore, StoreHealth } from '../../../src/store/gateway-store.ts';
import { healthCheckedStore } from '../../../src/store/layers/health-checked-store.ts';
import { credentials } from '../../../src/store/records/sessions/credentials.ts';
import type { FaultModel } from '../faults/fault-model.ts';
import type { LinkDeps } from '../faults/faulty-line.ts';
import { FaultyStore } from '../faults/faulty-store.ts';
import type { Prng } from '../prng.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Trace } from '../trace.ts';
import { type Memory, MemoryStore } from './memory-store.ts';
import { type SocketDeps, simulatedSocket } from './socket.ts';

export const sendTimeoutMs = 30_000;

export interface LifeOptions {
  name: string;
  memory: Memory;
  scheduler: Scheduler;
  faultModel: FaultModel;
  prng: Prng;
  trace: Trace;
  /** Epoch milliseconds. */
  now: () => number;
  maxQueued: number;
  /** Told of every commit at the moment it is applied. */
  onApplied: (commit: Commit) => void;
  wire: Omit<SocketDeps, Exclude<keyof LinkDeps, WireHooks>>;
  whatsapp: LinkDeps['whatsapp'];
}

type WireHooks = 'accountOf' | 'onLogin' | 'onSend' | 'onAnswer';

/** One life of the gateway's process, from its start until it is killed or has shut down. */
export class ProcessLife {
  readonly name: string;
  readonly troupe: ActorSystem;
  #state: 'alive' | 'draining' | 'dead' = 'alive';

  constructor(options: LifeOptions) {
    const { name, memory, scheduler, faultModel, prng, trace, now, maxQueued, onApplied } = options;
    this.name = name;
    const isAlive = (): boolean => this.isAlive;
    const delay: ScheduleTimer = (ms, run) =>
      scheduler.delay(ms, () => {
        if (isAlive()) run();
      });
    const memoryStore = new MemoryStore({ memory, now, onApplied });
    const faulty = new FaultyStore({ store: memoryStore, outcomeOf: faultModel.storeOutcome, delay });
    const store = unsealed(healthCheckedStore(faulty, now, delay));
    const { whatsapp, wire } = options;
    const parts = { credentials: credentials(store), whatsapp, faultModel, prng, trace, scheduler, isAlive };
    const logger = tracingLogger(trace, isAlive);
    this.troupe = createActorSystem({
      store,
      logger,
      audit: createAuditLog(logger, new Uint8Array(32)),
      now,
      sendTimeoutMs,
      nodeId: 'node',
      nodes: 'one',
      idempotencyStrict: false,
      maxQueued,
      delay,
      clock: { now: () => scheduler.time, after: delay },
      nextSeed: () => prng.integer(0, 2 ** 31),
      socket: simulatedSocket({ ...parts, ...wire }),
    });
  }

  get isAlive(): boolean {
    return this.#state !== 'dead';
  }

  get isDraining(): boolean {
    return this.#state === 'draining';
  }

  /** The process is gone from this moment on: nothing it waits for ever comes. */
  kill(): void {
    this.#state = 'dead';
  }

  async shutDown(): Promise<void> {
    this.#state = 'draining';
    await this.troupe.drain().catch((error: unknown) => {
      // It has ended all the same: what could not be stored is lost, and it says so.
      if (!(error instanceof OperatorError)) throw error;
    });
    this.#state = 'dead';
  }
}

/** Sealing is tested elsewhere; here the checks read what is stored. */
function unsealed(store: Store & StoreHealth): GatewayStore {
  return Object.assign(store, {
    health: store,
    checkKeys: async () => undefined,
    shred: async () => undefined,
    forgetKeys: () => undefined,
  });
}

/** What the product logs is a part of the trace. */
function tracingLogger(trace: Trace, isAlive: () => boolean) {
  const lines = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, written) => {
      if (isAlive()) trace.write(`log: ${line.trim()}`);
      written();
    },
  });
  return pino({ base: null, timestamp: false, formatters: { level: () => ({}) } }, lines);
}
