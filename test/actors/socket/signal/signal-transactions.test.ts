import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { SignalKeyStore } from '../../../../src/actors/socket/signal/signal-key-store.ts';
import { SignalTransactions } from '../../../../src/actors/socket/signal/signal-transactions.ts';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { EncryptedStore } from '../../../../src/store/encryption/encrypted-store.ts';
import { credentials, type Identity } from '../../../../src/store/records/sessions/credentials.ts';
import { openMemoryStore } from '../../../support/store/memory-store.ts';

let store: EncryptedStore;
let identity: Identity;

beforeEach(async () => {
  store = await openMemoryStore();
  identity = await credentials(store).create({ organization: 'acme', session: 's' });
});

afterEach(() => store[Symbol.asyncDispose]());

type Keys = Pick<Identity, 'keys' | 'changeKeys'>;

/** An identity whose changes are stored when the test lets them through, in that order. */
class HeldIdentity implements Keys {
  readonly held: { letThrough(): Promise<void>; fail(): void }[] = [];
  readonly keys: Keys['keys'];
  readonly #store: Keys['changeKeys'];

  constructor(stored: Identity) {
    this.keys = stored.keys;
    this.#store = stored.changeKeys;
  }

  changeKeys: Keys['changeKeys'] = (changes) =>
    new Promise((resolve, reject) => {
      this.held.push({
        letThrough: () => this.#store(changes).then(resolve, reject),
        fail: () => reject(new GatewayError({ code: 'unavailable', message: 'the disk is full' })),
      });
    });
}

/** Lets all work proceed that needs no store. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function neverFails(error: unknown): never {
  throw error;
}

test('a transaction resolves only when its changes are durable, and later reads see them before that', async () => {
  const held = new HeldIdentity(identity);
  const transactions = new SignalTransactions(new SignalKeyStore(held, neverFails));
  let isOver = false;

  const transaction = transactions
    .transaction(() => transactions.set({ 'sender-key': { 'ada.0': new Uint8Array([1]) } }))
    .then(() => {
      isOver = true;
    });
  await settled();

  assert.deepEqual(await transactions.get('sender-key', ['ada.0']), { 'ada.0': new Uint8Array([1]) });
  assert.equal(isOver, false);
  await held.held[0]?.letThrough();
  await transaction;
  assert.deepEqual([...(await identity.keys('sender-key', ['ada.0'])).keys()], ['ada.0']);
});

test('transactions of different keys become durable together, those of one key in their order', async () => {
  const held = new HeldIdentity(identity);
  const transactions = new SignalTransactions(new SignalKeyStore(held, neverFails));
  const change = (id: string, byte: number) =>
    transactions.transaction(() => transactions.set({ 'sender-key': { [id]: new Uint8Array([byte]) } }));

  const all = [change('ada.0', 1), change('ada.1', 2), change('ada.0', 3)];
  await settled();

  assert.equal(held.held.length, 2, 'the second change of one key waits for the first');
  for (let stored = 0; stored < 3; stored += 1) {
    await held.held[stored]?.letThrough();
    await settled();
  }
  await Promise.all(all);
  const reread = new SignalTransactions(new SignalKeyStore(identity, neverFails));
  const values = await reread.get('sender-key', ['ada.0', 'ada.1']);
  assert.deepEqual(values, { 'ada.0': Buffer.from([3]), 'ada.1': Buffer.from([2]) });
});

test('transactions run one after another, whatever their label', async () => {
  const transactions = new SignalTransactions(new SignalKeyStore(identity, neverFails));
  const steps: string[] = [];
  const run = (name: string) =>
    transactions.transaction(async () => {
      steps.push(`${name} begins`);
      await settled();
      steps.push(`${name} ends`);
    });

  await Promise.all([run('number'), run('lid')]);

  assert.deepEqual(steps, ['number begins', 'number ends', 'lid begins', 'lid ends']);
});

test('a transaction that throws changes nothing, and the next one runs', async () => {
  const transactions = new SignalTransactions(new SignalKeyStore(identity, neverFails));
  const broken = transactions.transaction(async () => {
    await transactions.set({ 'sender-key': { 'ada.0': new Uint8Array([1]) } });
    throw new Error('broken on purpose');
  });

  await assert.rejects(broken, /on purpose/);

  assert.deepEqual(await transactions.get('sender-key', ['ada.0']), {});
  await transactions.transaction(() => transactions.set({ 'sender-key': { 'ada.0': new Uint8Array([2]) } }));
  assert.deepEqual(await transactions.get('sender-key', ['ada.0']), { 'ada.0': new Uint8Array([2]) });
});

test('a deletion holds inside and outside of its transaction', async () => {
  const transactions = new SignalTransactions(new SignalKeyStore(identity, neverFails));
  await transactions.set({ 'sender-key': { 'ada.0': new Uint8Array([1]) } });

  await transactions.transaction(async () => {
    await transactions.set({ 'sender-key': { 'ada.0': null } });
    assert.deepEqual(await transactions.get('sender-key', ['ada.0']), {});
  });

  assert.deepEqual(await transactions.get('sender-key', ['ada.0']), {});
  assert.equal((await identity.keys('sender-key', ['ada.0'])).size, 0);
});

test('a failed change is reported before its caller continues, and nothing is read or changed after it', async () => {
  const held = new HeldIdentity(identity);
  const told: string[] = [];
  const transactions = new SignalTransactions(new SignalKeyStore(held, () => told.push('failure')));
  const failing = transactions
    .transaction(() => transactions.set({ 'sender-key': { 'ada.0': new Uint8Array([1]) } }))
    .catch(() => told.push('rejected'));
  await settled();

  held.held[0]?.fail();
  await failing;

  assert.deepEqual(told, ['failure', 'rejected']);
  await assert.rejects(transactions.get('sender-key', ['ada.0']), GatewayError);
  await assert.rejects(
    transactions.transaction(() => transactions.set({ 'sender-key': { 'ada.1': null } })),
    GatewayError,
  );
  assert.equal(held.held.length, 1);
});

test('after the connection no ratchet advances any more, and that is not reported as a failure', async () => {
  const told: string[] = [];
  const keyring = new SignalKeyStore(identity, () => told.push('failure'));
  const transactions = new SignalTransactions(keyring);
  await transactions.set({ 'sender-key': { 'ada.0': new Uint8Array([1]) } });

  const late = transactions.transaction(async () => {
    keyring.close();
    await transactions.set({ 'sender-key': { 'ada.0': new Uint8Array([2]) } });
  });

  await assert.rejects(late, /is closed/);
  await assert.rejects(transactions.get('sender-key', ['ada.0']), /is closed/);
  assert.deepEqual(told, []);
  const reread = await new SignalKeyStore(identity, neverFails).get('sender-key', ['ada.0']);
  assert.deepEqual(reread, { 'ada.0': Buffer.from([1]) });
});

test('when it is finished, transactions in progress become durable, and none begins any more', async () => {
  const held = new HeldIdentity(identity);
  const transactions = new SignalTransactions(new SignalKeyStore(held, neverFails));
  const course: string[] = [];
  const begun = transactions
    .transaction(() => transactions.set({ 'sender-key': { 'ada.0': new Uint8Array([1]) } }))
    .then(() => course.push('begun is over'));

  const finished = transactions.finish().then(() => course.push('finished'));
  transactions.transaction(async () => course.push('begun too late')).catch(neverFails);
  await settled();
  assert.equal(course.length, 0);

  await held.held[0]?.letThrough();
  await Promise.all([begun, finished]);
  await settled();
  assert.equal(course.length, 2);
  assert.ok(!course.includes('begun too late'));
  assert.deepEqual([...(await identity.keys('sender-key', ['ada.0'])).keys()], ['ada.0']);
});
