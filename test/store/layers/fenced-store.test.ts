import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../src/store/contract.ts';
import type { GatewayStore } from '../../../src/store/gateway-store.ts';
import { FencedStore } from '../../../src/store/layers/fenced-store.ts';
import { ownerKey, sessionOwners } from '../../../src/store/records/cluster/session-owners.ts';
import { put, texts } from '../contract/support.ts';
import { SealedFolder } from '../encryption/support.ts';

const address = { organization: 'acme', session: 'S1' };
const identity: Key = ['acme', 'credentials', 'S1'];

/** A store on which something happens right after a read of the owner of the session. */
function interrupted(store: GatewayStore, interrupt: () => Promise<void>): GatewayStore {
  return {
    health: store.health,
    get: async (key) => {
      const entry = await store.get(key);
      if (key.join() === ownerKey(address).join()) await interrupt();
      return entry;
    },
    getMany: (keys) => store.getMany(keys),
    list: (prefix, options) => store.list(prefix, options),
    commit: (commit) => store.commit(commit),
    read: (log, options) => store.read(log, options),
    tail: (log) => store.tail(log),
    follow: (log, options) => store.follow(log, options),
    checkKeys: (of) => store.checkKeys(of),
    shred: (of, part, permit) => store.shred(of, part, permit),
    forgetKeys: (of) => store.forgetKeys(of),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

test('a node that is stopped right before it deletes the key of an identity does not delete the next one', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const known = sessionOwners(store, Date.now);
  const version = await known.acquire(address, null, { incarnation: 'stopped', nodeId: 'stopped' });
  await put(store, identity, 'former');

  const relink = async (): Promise<void> => {
    await known.acquire(address, await known.find(address), { incarnation: 'next', nodeId: 'next' });
    await store.shred(address, 'identity');
    await put(store, identity, 'linked again');
  };
  const stopped = new FencedStore(interrupted(store, relink), { versionOf: () => version, lost: () => undefined });
  await stopped.shred(address, 'identity');

  await using other = await folder.open({}, 'visitor');
  assert.deepEqual(await texts(other, [identity]), ['linked again']);
});

test('an owner keeps the key of an identity when that is not permitted', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const version = await sessionOwners(store, Date.now).acquire(address, null, {
    incarnation: 'owner',
    nodeId: 'owner',
  });
  await put(store, identity, 'kept');
  const fenced = new FencedStore(store, { versionOf: () => version, lost: () => undefined });

  const shredding = fenced.shred(address, 'identity', () => Promise.reject(new Error('not now')));

  await assert.rejects(shredding, /not now/);
  assert.deepEqual(await texts(store, [identity]), ['kept']);
});

test('an owner deletes the key of an identity', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const version = await sessionOwners(store, Date.now).acquire(address, null, {
    incarnation: 'owner',
    nodeId: 'owner',
  });
  await put(store, identity, 'former');

  await new FencedStore(store, { versionOf: () => version, lost: () => undefined }).shred(address, 'identity');

  assert.equal(folder.file.keys().filter((key) => key.at(-1) === 'identity').length, 0);
});
