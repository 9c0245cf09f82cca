import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { tickets } from '../../../src/store/records/tickets.ts';
import { TemporaryFolder } from '../contract/sqlite-subject.ts';

const hourMs = 3_600_000;
const grant = {
  kind: 'api_key' as const,
  subject: 'k1',
  expiresAt: null,
  organization: 'acme',
  capabilities: ['read' as const],
  sessions: null,
  events: null,
};

test('a ticket lives as long by the clock of the store, whatever the clock says of the process that issues it', async () => {
  using folder = new TemporaryFolder();
  const clock = { now: Date.now() };
  await using store = openSqliteStore({ path: `${folder.path}/store.db`, now: () => clock.now });
  const issuers = [-hourMs, hourMs].map((skewMs) => tickets(store, () => clock.now + skewMs));

  for (const issuer of issuers) {
    const { ticket: used } = await issuer.issue(grant);
    assert.deepEqual(await issuer.redeem(used), grant);
    const { ticket: late } = await issuer.issue(grant);
    clock.now += 31_000;
    assert.equal(await issuer.redeem(late), null);
  }
});
