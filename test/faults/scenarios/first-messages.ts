import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { firstMessages } from '../../support/gateway/first-messages.ts';
import { judgeSignal } from '../harness/judge/exactly-once.ts';
import type { Scenario } from '../harness/scenario.ts';
import { oneGateway } from '../harness/stages.ts';
import { phoneOf } from '../support/world.ts';

const leastStock = 100;
const patienceMs = 60_000;

export const manyFirstMessages: Scenario = {
  name: 'first-messages',
  id: 'prekeys',
  about: 'more people write for the first time at once than there are prekeys for',
  full: { sessions: 1, sends: 900, kills: 0 },
  short: { sessions: 1, sends: 60, kills: 0 },
  run: async (run) => {
    await using stage = await oneGateway({ ledgerSize: 1_000_000 })(run);
    const { world, events } = stage;
    const own = phoneOf(0);
    const stock = () => world.simulator.clients(own)[0]?.preKeys ?? 0;
    world.simulator.takePreKeys(own, Math.max(0, stock() - Math.ceil(run.size.sends * 0.9)));
    const written = await firstMessages(world.simulator, own, run.size.sends);
    run.say(`${written.length} have written`);
    const untold = () => {
      const told = new Set(events.events().map(({ payload }) => payload['waMessageId']));
      return written.filter((id) => !told.has(id)).length;
    };
    await eventually(() => assert.equal(untold(), 0), patienceMs).catch(() => undefined);
    await eventually(() => assert(stock() >= leastStock), patienceMs).catch(() => undefined);
    run.verdicts.judge('everything that is written to it is told', untold() === 0, `${untold()} are not`);
    run.verdicts.judge('the prekeys are refilled', stock() >= leastStock, `${stock()} are left`);
    judgeSignal(world, run.verdicts);
  },
};
