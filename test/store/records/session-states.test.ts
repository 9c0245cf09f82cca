import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { EncryptedStore } from '../../../src/store/encryption/encrypted-store.ts';
import { sessionOwners } from '../../../src/store/records/cluster/session-owners.ts';
import { deleteSessionData } from '../../../src/store/records/sessions/delete-session-data.ts';
import { sessionStates, stateKey } from '../../../src/store/records/sessions/session-states.ts';
import { SealedFolder } from '../encryption/support.ts';

const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const state = { status: 'connected', since: 1, reason: null, nextAttemptAt: null } as const;
const event = { event: 'session.status', session: address.session, timestamp: 1, payload: {} } as const;

let folder: SealedFolder;
let store: EncryptedStore;

beforeEach(async () => {
  folder = new SealedFolder();
  store = await folder.open();
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test('what was published of a session, and by whom, stays when its owner changes', async () => {
  await sessionStates(store).publish(address, { state, incarnation: 'one' }, event);

  await sessionOwners(store, () => 1).acquire(address, null, { incarnation: 'two', nodeId: 'second' });

  assert.deepEqual(await sessionStates(store).findMany([address]), [{ state, incarnation: 'one' }]);
});

test('what was published before nodes said who they are can be read', async () => {
  await store.commit({ sets: [{ key: stateKey(address), value: new TextEncoder().encode(JSON.stringify(state)) }] });

  assert.deepEqual(await sessionStates(store).findMany([address]), [{ state, incarnation: null }]);
});

test('nothing that was published of a session outlives it', async () => {
  await sessionStates(store).publish(address, { state, incarnation: null }, event);

  await deleteSessionData(store, address, 'rest');

  assert.deepEqual(await sessionStates(store).findMany([address]), [null]);
});
