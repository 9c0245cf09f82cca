import { setTimeout as pause } from 'node:timers/promises';
import { Load } from '../harness/load/load.ts';
import type { Run } from '../harness/scenario.ts';
import { scenario } from '../harness/send-scenario.ts';
import { oneGateway } from '../harness/stages.ts';
import type { World } from '../support/world.ts';

const perSecond = 30;
const longestMs = 4_000;
/** So long that the gateway takes its connections for dead when it goes on; once in every so many rounds. */
const deadMs = 40_000;
const deadEvery = 10;

export const paused = scenario({
  name: 'pause',
  about: 'SIGSTOP and SIGCONT under load; some connections are cut meanwhile',
  full: { sessions: 10, sends: 0, kills: 20 },
  short: { sessions: 5, sends: 0, kills: 3 },
  stage: oneGateway({ ledgerSize: 1_000_000 }),
  faults: [{ kind: 'late-ack', delayMs: 20 }],
  disturb: async ({ world, lives, sessions }, run) => {
    const load = new Load(world, sessions, run.random, perSecond);
    let cuts = 0;
    for (let round = 0; round < run.size.kills; round += 1) {
      await pause(run.random.between(300, 1_500));
      lives.gateway.signal('SIGSTOP');
      await pause(round % deadEvery === deadEvery - 1 ? deadMs : run.random.between(100, longestMs));
      cuts += cutSome(world, run);
      lives.gateway.signal('SIGCONT');
      run.say(`round ${round + 1}: ${cuts} connections cut so far`);
    }
    await load.end();
    return { intents: load.intents, ordered: load.queued(), kills: cuts };
  },
});

/** Ends about half of the connections of linked devices, and yields how many. */
function cutSome({ simulator }: World, { random }: Run): number {
  let cuts = 0;
  for (const { account } of simulator.connections()) {
    if (account === undefined || random.next() < 0.5) continue;
    simulator.disconnect(account, random.pick(['reset', 'close']));
    cuts += 1;
  }
  return cuts;
}
