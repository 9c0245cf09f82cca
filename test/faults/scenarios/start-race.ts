import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { OwnerWatch } from '../harness/judge/owner-watch.ts';
import { placeIn, streamsSince } from '../harness/load/streams.ts';
import type { Scenario } from '../harness/scenario.ts';
import { startProcessCluster } from '../support/cluster.ts';
import { linkAll, phoneOf } from '../support/world.ts';

const withinMs = 120_000;
/** Long enough for another look around, in which a node would take what is not its share. */
const afterwardsMs = 2_500;

export const startRace: Scenario = {
  name: 'start-race',
  id: 'l8',
  about: 'two nodes start together on linked sessions that nobody owns',
  full: { sessions: 200, sends: 0, kills: 0 },
  short: { sessions: 40, sends: 0, kills: 0 },
  run: async ({ size, say, verdicts }) => {
    await using nodes = await startProcessCluster({ ledgerSize: 1_000_000 });
    const { ledger } = nodes.simulator;
    const first = await nodes.start('first');
    const sessions = await linkAll({ ...nodes, client: first.client }, size.sessions);
    say(`${sessions.length} sessions linked`);
    await first.gateway.end('SIGTERM');
    const since = placeIn(ledger);
    await using store = await nodes.openStore();
    await using watch = await OwnerWatch.open(store, sessions);
    const began = performance.now();
    await Promise.all([nodes.start('a'), nodes.start('b')]);
    await eventually(() => {
      const open = new Set(streamsSince(ledger, since).map(({ account }) => account));
      if (open.size < sessions.length) throw new Error(`${sessions.length - open.size} sessions have not logged in`);
    }, withinMs);
    say(`all logged in after ${Math.round(performance.now() - began)} ms`);
    await pause(afterwardsMs);
    await watch.look();
    const shares = ['a', 'b'].map((name) => watch.ownedBy(name).length);
    const [least, most] = [size.sessions * 0.45, size.sessions * 0.55];
    const isEven = shares.every((share) => share >= least && share <= most);
    verdicts.judge('the nodes have equal shares, to a tenth', isEven, shares.join(' and '));
    const logins = streamsSince(ledger, since).map(({ account }) => account);
    const counts = sessions.map((_, index) => logins.filter((account) => account === phoneOf(index)).length);
    const once = counts.filter((count) => count === 1).length;
    verdicts.judge('each session logs in once', once === sessions.length, `${once} of ${sessions.length}`);
  },
};
