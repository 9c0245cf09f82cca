import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { BufferJSON } from '@whiskeysockets/baileys';
import { SignalKeyStore } from '../../../../src/actors/socket/signal/signal-key-store.ts';
import { credentials } from '../../../../src/store/records/sessions/credentials.ts';
import { openMemoryStore } from '../../../support/store/memory-store.ts';

const name = '120363000000000001@g.us::15550000001_1::0';

/** A record as Baileys writes it, with the seed of a message that others have overtaken. */
function record(seed: Buffer): Buffer {
  return Buffer.from(JSON.stringify([{ senderKeyId: 7, senderMessageKeys: [{ iteration: 2, seed }] }]));
}

/** The same as Baileys reads it. */
function read(value: Uint8Array | undefined): unknown {
  return JSON.parse(Buffer.from(value ?? []).toString(), BufferJSON.reviver);
}

test('the seeds of overtaken messages are bytes again, as soon as they are stored and when they were stored by an older release', async () => {
  await using store = await openMemoryStore();
  const identity = await credentials(store).create({ organization: 'acme', session: 's1' });
  const fails = (error: unknown) => assert.fail(String(error));
  const seed = randomBytes(32);
  const expected = [{ senderKeyId: 7, senderMessageKeys: [{ iteration: 2, seed }] }];
  const keys = new SignalKeyStore(identity, fails);

  await keys.change({ 'sender-key': { [name]: record(seed) } });
  const { [name]: cached } = await keys.get('sender-key', [name]);
  const { [name]: stored } = await new SignalKeyStore(identity, fails).get('sender-key', [name]);
  const older = JSON.stringify(record(seed), BufferJSON.replacer);
  await identity.changeKeys([{ type: 'sender-key', id: name, value: older }]);
  const { [name]: old } = await new SignalKeyStore(identity, fails).get('sender-key', [name]);

  for (const value of [cached, stored, old]) assert.deepEqual(read(value), expected);
});
