import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../../../src/actors/clock.ts';
import { Moves } from '../../../src/actors/cluster/moves.ts';
import { Tenure } from '../../../src/actors/cluster/tenure.ts';
import { type Delay, systemDelay } from '../../../src/domain/delay.ts';
import { owners as ownersOf } from '../../../src/store/owners.ts';
import { sessions } from '../../../src/store/sessions.ts';
import { SealedFolder } from '../../store/seal/support.ts';

const address = { organization: 'acme', session: 'S1' };

/** Whatever is waited for is over soon. */
const hasty: Delay = (ms, run) => systemDelay(Math.min(ms, 10), run);

test('a session is handed over also while the store keeps waiting what it was told', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const parts = {
    clock: systemClock(() => performance.now()),
    delay: hasty,
    logger: pino({ level: 'silent' }),
  };
  const tenure = new Tenure({ store, nodeId: 'one', random: Math.random, ...parts });
  const owners = ownersOf(store, Date.now);
  const self = { incarnation: tenure.membership.incarnation, nodeId: 'one' };
  const version = await owners.acquire(address, null, self);
  assert.ok(version !== null);
  tenure.holdings.take(address, version, self.incarnation);
  const never = Promise.withResolvers<void>();
  const moves = new Moves({
    ...{ tenure, owners, store, sessions: sessions(store), ...parts },
    supervisor: { find: () => undefined, dismiss: () => undefined, bring: async () => true },
    recorder: { recorded: () => never.promise },
    offer: () => undefined,
  });

  await moves.handOver(address, null);

  assert.equal((await owners.find(address))?.owner.incarnation, null);
  assert.equal(tenure.holdings.stateOf(address), 'none');
});
