import { setTimeout as pause } from 'node:timers/promises';
import { SqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { seededRandom } from '../harness/random.ts';

/**
 * Preloaded into a gateway: every question to its store takes 1 to 5 ms longer, as one to a store elsewhere does. As over
 * one connection to it, questions are answered in the order in which they were asked.
 */
const leastMs = 1;
const mostMs = 5;
const random = seededRandom(Number(process.env['FAULT_SEED'] ?? 1));

let last = Promise.resolve();

function turn(): Promise<void> {
  const earlier = last;
  const delayed = pause(random.between(leastMs, mostMs));
  last = Promise.all([earlier, delayed]).then(() => undefined);
  return last;
}

for (const name of ['get', 'getMany', 'list', 'commit', 'read', 'tail'] as const) {
  const original: (...args: never[]) => Promise<unknown> = SqliteStore.prototype[name];
  Object.defineProperty(SqliteStore.prototype, name, {
    async value(this: SqliteStore, ...args: unknown[]): Promise<unknown> {
      // Callers may use their values again while the question is on its way.
      const asked = structuredClone(args);
      await turn();
      return Reflect.apply(original, this, asked);
    },
  });
}
