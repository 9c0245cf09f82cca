import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import type { Key } from '../../src/store/contract.ts';
import { encryptionPartition, isNamed, scopeOf } from '../../src/store/encryption/key-scope.ts';
import { recordKinds } from '../../src/store/record-kinds.ts';
import { startWorld } from '../faults/support/world.ts';
import { eventually } from '../support/eventually.ts';
import { to } from '../support/gateway/environment.ts';
import { StoreFile } from '../support/store/store-file.ts';

// libsignal, inside the simulator, prints sessions to it.
silenceConsole();

/** What is encrypted with a key of its own, as it has been since the first release: another answer opens nothing. */
const sealedParts: Record<string, string> = {
  credentials: 'identity',
  signal: 'identity',
  queue: 'rest',
  outbox: 'rest',
  'outbox-by-message': 'rest',
  'in-flight': 'rest',
  rate: 'rest',
  message: 'rest',
  received: 'rest',
  'inbound-journal': 'rest',
  'received-count': 'rest',
  group: 'rest',
  'chat-timer': 'rest',
  contact: 'rest',
};

/** Keys whose last part is hidden, for the same reason. */
const named: Key[] = [
  ['acme', 'signal', 'S1', 'identity', 'session', '4917.0'],
  ['acme', 'group', 'S1', '4917-1@g.us'],
  ['acme', 'chat-timer', 'S1', '4917@s.whatsapp.net'],
  ['acme', 'contact', 'S1', '4917@s.whatsapp.net'],
  ['acme', 'inbound-journal', 'S1', 'name'],
  ['acme', 'idempotency', 'hash'],
];

test('what has a data key of its own stays the same, so that what is stored can be opened', () => {
  for (const kind of Object.keys(recordKinds)) {
    const part = sealedParts[kind];
    const scope = part === undefined ? 'acme' : `acme\0S1\0${part}`;
    assert.equal(scopeOf(['acme', kind, 'S1', 'x']), scope, kind);
  }
});

test('the names that are hidden stay the same, so that what is stored can be found', () => {
  assert.ok(named.every(isNamed));
  for (const kind of Object.keys(recordKinds)) {
    const lengths = [3, 4, 6].filter((length) => isNamed(['acme', kind, ...Array<string>(length - 2).fill('x')]));
    assert.deepEqual(
      lengths,
      named.filter((key) => key[1] === kind).map((key) => key.length),
      kind,
    );
  }
});

test('all that a gateway stores is of a kind in the table, and nothing of a session is left when it is deleted', async () => {
  await using world = await startWorld();
  const { client, simulator } = world;
  const gateway = await world.start();
  const session = await client.linked(simulator, '491700000001');
  const path = `/sessions/${session}/messages`;
  const body = { to, type: 'text', text: 'hello' };
  assert.equal((await client.call('POST', path, body, { 'Idempotency-Key': 'one' })).status, 200);
  await client.call('POST', `${path}?async=true`, body, { 'Idempotency-Key': 'two' });
  await client.call('POST', '/realtime/tickets', {});
  await eventually(async () => assert.equal((await client.session(session))['queued'], 0));
  const timed = { extendedTextMessage: { text: 'hi', contextInfo: { expiration: 86_400 } } };
  await simulator.phone(to.split('@', 1)[0] ?? '').send('491700000001', timed);
  const file = new StoreFile(world.directory.storePath);
  await eventually(() => assert.ok(file.keys().some(([, kind]) => kind === 'chat-timer')));
  const keys = file.keys().filter(([partition]) => partition !== encryptionPartition);

  const kinds = new Set(keys.map(([, kind]) => kind));
  for (const kind of ['session', 'credentials', 'signal', 'outbox', 'rate', 'idempotency', 'secrets', 'api-key']) {
    assert.ok(kinds.has(kind), kind);
  }
  assert.deepEqual(
    [...kinds].filter((kind) => kind === undefined || !Object.hasOwn(recordKinds, kind)),
    [],
  );
  assert.equal((await client.call('DELETE', `/sessions/${session}`)).status, 204);
  await gateway.end('SIGTERM');
  assert.deepEqual(
    file.keys().filter((key) => key.includes(session)),
    [],
  );
});
