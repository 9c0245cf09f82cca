import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newSessionId } from '../../../src/domain/ids.ts';
import { defaultSettings, type SessionRecord } from '../../../src/domain/session.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { instrumentedStore } from '../../../src/store/layers/instrumented-store.ts';
import { sessions } from '../../../src/store/records/sessions/sessions.ts';

function record(organization: string): SessionRecord {
  return {
    id: newSessionId(),
    organization,
    createdBy: 'test',
    settings: defaultSettings,
    resting: null,
    account: null,
    lastConnectedAt: null,
    createdAt: 1,
    updatedAt: 1,
  };
}

test('a session of an organization that has one is created with one commit', async () => {
  await using store = openSqliteStore({ path: ':memory:' });
  const calls: string[] = [];
  const metered = instrumentedStore(store, { stored: (operation) => calls.push(operation) }, () => 0);
  await sessions(store).create(record('acme'));

  await sessions(metered).create(record('acme'));

  assert.deepEqual(
    calls.filter((operation) => operation === 'commit'),
    ['commit'],
  );
  assert.equal((await Array.fromAsync(sessions(store).all())).length, 2);
});

test('sessions that are not swept yet are found in every one of many organizations', async () => {
  await using store = openSqliteStore({ path: ':memory:' });
  const made = Array.from({ length: 250 }, (_, index) => record(`organization-${String(index).padStart(3, '0')}`));
  for (const each of made) await sessions(store).create(each);
  const some = made.filter((_, index) => index % 50 === 0);
  for (const { organization, id } of some) await sessions(store).delete({ organization, session: id });

  const found = await Array.fromAsync(sessions(store).deleted());

  assert.deepEqual(
    found,
    some.map(({ organization, id }) => ({ organization, session: id })),
  );
  assert.equal((await Array.fromAsync(sessions(store).addresses())).length, made.length - some.length);
});
