import { systemTimer } from '../../../src/domain/clock.ts';
import type { Store } from '../../../src/store/contract.ts';
import { type StoreUnderTest, storeContract } from '../../store/contract/contract.ts';
import { FaultyStore } from '../faults/faulty-store.ts';
import { Memory, MemoryStore } from './memory-store.ts';

storeContract('memory', ({ now }) => openOn((memory) => new MemoryStore({ memory, now })));

storeContract('memory behind a line without faults', ({ now }) =>
  openOn(
    (memory) =>
      new FaultyStore({
        store: new MemoryStore({ memory, now }),
        outcomeOf: () => ({ thereMs: 0, backMs: 0, error: 'none' }),
        delay: systemTimer,
      }),
  ),
);

async function openOn(open: (memory: Memory) => Store): Promise<StoreUnderTest> {
  const memory = new Memory();
  let store = open(memory);
  return {
    get store() {
      return store;
    },
    reopen: async () => {
      await store[Symbol.asyncDispose]();
      store = open(memory);
    },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
    },
  };
}
