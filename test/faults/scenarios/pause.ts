import { setTimeout as pause } from 'node:timers/promises';
import { EventLog } from '../harness/event-log.ts';
import { judgeExactlyOnce } from '../harness/exactly-once.ts';
import { Load } from '../harness/load.ts';
import { Lives } from '../harness/process-lives.ts';
import type { Scenario } from '../harness/scenario.ts';
import { settled } from '../harness/wait-settled.ts';
import { linkAll, startWorld } from '../support/world.ts';

const perSecond = 30;
const longestMs = 4_000;
/** So long that the gateway takes its connections for dead when it goes on; once in every so many rounds. */
const deadMs = 40_000;
const deadEvery = 10;

export const stopped: Scenario = {
  name: 'pause',
  about: 'SIGSTOP and SIGCONT under load; some connections are cut meanwhile',
  full: { sessions: 10, sends: 0, kills: 20 },
  short: { sessions: 5, sends: 0, kills: 3 },
  run: async (run) => {
    await using world = await startWorld({}, { ledgerSize: 1_000_000 });
    world.simulator.faults.add({ kind: 'late-ack', delayMs: 20 });
    const lives = new Lives(world);
    await lives.begin();
    await using events = await EventLog.open(world);
    const sessions = await linkAll(world, run.size.sessions);
    const load = new Load(world, sessions, run.random, perSecond);
    let cuts = 0;
    for (let round = 0; round < run.size.kills; round += 1) {
      await pause(run.random.between(300, 1_500));
      lives.gateway.signal('SIGSTOP');
      await pause(round % deadEvery === deadEvery - 1 ? deadMs : run.random.between(100, longestMs));
      const connections = world.simulator.connections();
      for (const { account } of connections) {
        if (account === undefined || run.random.next() < 0.5) continue;
        world.simulator.disconnect(account, run.random.pick(['reset', 'close']));
        cuts += 1;
      }
      lives.gateway.signal('SIGCONT');
      run.say(`round ${round + 1}: ${cuts} connections cut so far`);
    }
    await load.end();
    await settled(world, events, sessions);
    judgeExactlyOnce(
      { world, events, verdicts: run.verdicts },
      { intents: load.intents, ordered: load.queued(), kills: cuts },
    );
  },
};
