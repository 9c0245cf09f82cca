import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import * as v from 'valibot';
import { readConfig } from '../../src/config.ts';
import type { Key } from '../../src/store/contract.ts';
import { openStore } from '../../src/store/open-store.ts';
import { eventually } from '../support/eventually.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { runMasterKey } from '../support/gateway/master-key-command.ts';
import { StoreFile } from '../support/store/store-file.ts';
import { startWorld } from './support/world.ts';

const phone = '491700000001';

const canaries = {
  text: 'canary-text-of-a-message',
  queued: 'canary-text-in-the-queue',
  received: 'canary-text-that-came-in',
  card: 'canary-name-on-a-card',
  friend: 'canary-name-of-a-contact',
  label: 'canary-label-of-a-session',
  idempotency: 'canary-idempotency-key',
};

type World = Awaited<ReturnType<typeof startWorld>>;

/** Plants every canary, and gives the session and the QR code that linked it. */
async function plant({ client, simulator }: World): Promise<{ session: string; qr: string }> {
  const friend = simulator.addContact({ phone: '15550000009', name: canaries.friend });
  const created = await client.call('POST', '/sessions', { label: canaries.label, start: true });
  const { id: session } = v.parse(v.looseObject({ id: v.string() }), created.body);
  const qr = await client.qr(session);
  await simulator.scanQr(qr, phone);
  await client.until(session, 'connected');
  const path = `/sessions/${session}/messages`;
  const headers = { 'idempotency-key': canaries.idempotency };
  await client.call('POST', path, { to, type: 'text', text: canaries.text }, headers);
  await client.call('POST', path, { to, type: 'contact', contact: { name: canaries.card, phone: '15550000008' } });
  await client.sendText(session, '15550000009@s.whatsapp.net', canaries.text);
  const incoming = await friend.sendText(phone, canaries.received);
  const quote = { to, type: 'text', text: canaries.text, replyTo: incoming };
  await eventually(async () => assert.equal((await client.call('POST', path, quote)).status, 200));
  await client.call('POST', `/sessions/${session}:stop`);
  await client.call('POST', `${path}?async=true`, { to, type: 'text', text: canaries.queued });
  return { session, qr };
}

/** Every secret in the credentials and Signal keys of a session, in each form that it could show up in. */
async function secretsOf({ directory }: World, session: string): Promise<string[]> {
  await using store = await openStore(readConfig({ DATA_DIR: directory.path }), { as: 'visitor' });
  const credentials = await store.get(['acme', 'credentials', session]);
  const keys = await store.list(['acme', 'signal', session], { limit: 1_000 });
  const documents = [credentials, ...keys].map((entry) => Buffer.from(entry?.value ?? []).toString());
  // Bytes are {"type":"Buffer","data":"…"} there, in a text inside a text in the credentials.
  const texts = documents.flatMap((document) => [
    ...document.matchAll(/\\?"(?:data|advSecretKey)\\?":\\?"([A-Za-z0-9+/=]{40,})\\?"/g),
  ]);
  const secrets = [...new Set(texts.map(([, base64 = '']) => base64))].map((base64) => Buffer.from(base64, 'base64'));
  // A private and a public half of each of 812 pre-keys, and more.
  assert.ok(secrets.length > 1_600, `only ${secrets.length} secrets were found`);
  return secrets.flatMap((secret) => [
    secret.toString('latin1'),
    secret.toString('hex'),
    // Without the last characters, which depend on what comes behind.
    secret.toString('base64').slice(0, 40),
  ]);
}

async function filesOf({ directory }: World): Promise<Map<string, string>> {
  const names = (await readdir(directory.path)).filter((name) => name.startsWith('troupe.db'));
  const contents = names.map(async (name) => [name, await readFile(join(directory.path, name), 'latin1')] as const);
  return new Map(await Promise.all(contents));
}

test('no file of the store and no log line shows a message, a name, a number, a key or a code', async () => {
  await using world = await startWorld({ LOG_LEVEL: 'trace' }, { fewPreKeys: false });
  const gateway = await world.start();
  const { session, qr } = await plant(world);
  const running = await filesOf(world);
  await gateway.end('SIGTERM');
  const ended = await filesOf(world);

  const secrets = await secretsOf(world, session);
  const forbidden = [
    ...Object.values(canaries),
    phone,
    recipient,
    '15550000008',
    '15550000009',
    ...qr.split(',').filter((part) => part.length >= 40),
    ...secrets,
  ];
  const places = [...running, ...ended, ['the log', gateway.output()] as const];

  assert.ok((running.get('troupe.db-wal') ?? '').length > 100_000, 'there is a write-ahead log to look at');
  assert.ok((ended.get('troupe.db') ?? '').length > 100_000, 'there is a file to look at');
  assert.ok(gateway.output().length > 1_000, 'there is a log to look at');
  for (const [name, content] of places) {
    for (const secret of forbidden) assert.ok(!content.includes(secret), `${name} holds ${JSON.stringify(secret)}`);
  }
});

test('a session that is deleted leaves no entry and no data key, and one that is logged out no key of its login', async () => {
  await using world = await startWorld();
  await world.start();
  const { client, simulator } = world;
  const [deleted, loggedOut] = [await client.linked(simulator, phone), await client.linked(simulator, '491700000002')];
  for (const session of [deleted, loggedOut]) await client.sendText(session, to, canaries.text);
  const file = new StoreFile(world.directory.storePath);
  const ofIdentity = (key: Key) => key.includes('identity') || key[1] === 'credentials' || key[1] === 'signal';
  assert.ok(file.keys().some((key) => ofIdentity(key) && key.includes(loggedOut)));

  await client.call('DELETE', `/sessions/${deleted}`);
  await client.call('POST', `/sessions/${loggedOut}:logout`);

  await eventually(() => {
    const keys = file.keys();
    assert.deepEqual(
      keys.filter((key) => key.includes(deleted)),
      [],
    );
    assert.deepEqual(
      keys.filter((key) => key.includes(loggedOut) && ofIdentity(key)),
      [],
    );
  });
});

test('a gateway with another master key or none does not start, and makes nobody link again', async () => {
  await using world = await startWorld();
  const gateway = await world.start();
  const session = await world.client.linked(world.simulator, phone);
  await gateway.end('SIGTERM');
  const [file, away] = ['master.key', 'elsewhere'].map((name) => join(world.directory.path, name));
  assert.ok(file !== undefined && away !== undefined);

  const MASTER_KEY = randomBytes(32).toString('hex');
  await assert.rejects(world.start([], { MASTER_KEY }), /Troupe did not start: .*with the one in .*master\.key/);
  await rename(file, away);
  await assert.rejects(world.start(), /Troupe did not start: .*is missing\. Put the file .*master\.key back/);
  await rename(away, file);
  await world.start();

  await world.client.until(session, 'connected');
  assert.equal(pairings(world), 1);
});

test('the command refuses to rotate while a gateway runs, and afterwards the session connects with the new key', async () => {
  await using world = await startWorld();
  const gateway = await world.start();
  const session = await world.client.linked(world.simulator, phone);
  const settings = { DATA_DIR: world.directory.path };

  assert.match((await runMasterKey(settings)).stderr, /Another gateway is running/);
  await gateway.end('SIGTERM');
  const rotated = await runMasterKey(settings);
  await world.start();

  assert.match(
    rotated.stdout,
    /^The store uses a new master key \(id [0-9a-f]{16}\); \d+ data keys were encrypted with it\.\n$/,
  );
  await world.client.until(session, 'connected');
  assert.equal((await world.client.sendText(session, to, 'under the new key')).status, 200);
  assert.equal(pairings(world), 1);
});

test('the command moves a store from MASTER_KEY to MASTER_KEY_NEXT, and shows neither', async () => {
  const [first, second] = [randomBytes(32).toString('hex'), randomBytes(32).toString('base64')];
  await using world = await startWorld({ MASTER_KEY: first });
  const gateway = await world.start();
  const session = await world.client.linked(world.simulator, phone);
  await gateway.end('SIGTERM');
  const settings = { DATA_DIR: world.directory.path, MASTER_KEY: first };

  const results = [
    await runMasterKey(settings),
    await runMasterKey({ ...settings, MASTER_KEY_NEXT: 'short' }),
    await runMasterKey({ ...settings, MASTER_KEY_NEXT: second }),
  ];
  await world.start([], { MASTER_KEY: second });

  assert.deepEqual(
    results.map(({ code }) => code),
    [1, 1, 0],
  );
  assert.match(results[0]?.stderr ?? '', /set the next one in MASTER_KEY_NEXT/);
  assert.match(results[1]?.stderr ?? '', /MASTER_KEY_NEXT must be 32 bytes in hex or base64/);
  for (const { stdout, stderr } of results) {
    for (const key of [first, second]) assert.ok(!`${stdout}${stderr}${gateway.output()}`.includes(key));
  }
  await world.client.until(session, 'connected');
});

/** How often a new identity was shown to WhatsApp. */
function pairings({ simulator }: World): number {
  return simulator.ledger.entries.filter((entry) => entry.kind === 'connection' && entry.event === 'pairing').length;
}
