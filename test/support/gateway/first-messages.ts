import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Simulator } from '../../../simulator/simulator.ts';

/** The first of the numbers of people who have not written yet. */
const newcomers = 6281234560000;

/** How many write in one turn of the event loop, which encrypting would block otherwise. */
const perTurn = 10;

/** Lets so many people write to a number for the first time. Resolves with the ids of their messages. */
export async function firstMessages(simulator: Simulator, to: string, count: number): Promise<string[]> {
  const written: string[] = [];
  while (written.length < count) {
    const numbers = Array.from(
      { length: Math.min(perTurn, count - written.length) },
      (_, index) => written.length + index,
    );
    const people = numbers.map((number) => simulator.addContact({ phone: `${newcomers + number}`, devices: 1 }));
    written.push(...(await Promise.all(people.map((person) => person.sendText(to, 'hello')))));
    await nextTurn();
  }
  return written;
}
