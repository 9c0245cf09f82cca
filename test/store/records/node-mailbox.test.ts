import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import type { Key, Store } from '../../../src/store/contract.ts';
import { MailboxKeys } from '../../../src/store/encryption/mailbox-keys.ts';
import { nodeMailbox } from '../../../src/store/records/cluster/node-mailbox.ts';
import { jsonCodec } from '../../../src/store/records/codec.ts';
import { openMemoryStore } from '../../support/store/memory-store.ts';
import { bytes } from '../contract/support.ts';

const letterCodec = jsonCodec('letter of this test', v.object({ text: v.string() }));

function mailOf(store: Store, keys = new MailboxKeys()) {
  return nodeMailbox(store, letterCodec, keys);
}

function boxOf(nodeId: string): Key {
  return ['gateway', 'mail', nodeId];
}

async function lengthOf(store: Store, nodeId: string): Promise<number> {
  return (await store.read(boxOf(nodeId), { limit: 1_000 })).entries.length;
}

const unsealed = (nodeId: string) => ({ nodeId, publicKey: null });
const living = (names: readonly string[]) => async () => new Set(names);

test('the boxes of nodes that are gone are emptied and forgotten, and those of the living stay', async () => {
  await using store = await openMemoryStore();
  for (const nodeId of ['one', 'two', 'gone']) {
    await mailOf(store).tidy(nodeId, living(['one', 'two', 'gone']));
    await mailOf(store).send(unsealed(nodeId), { text: `to ${nodeId}` });
  }

  await mailOf(store).tidy('one', living(['one', 'two']));

  assert.deepEqual(
    [await lengthOf(store, 'one'), await lengthOf(store, 'two'), await lengthOf(store, 'gone')],
    [1, 1, 0],
  );
  const notes = await store.list(['gateway', 'mailbox'], { limit: 10 });
  assert.deepEqual(
    notes.map(({ key }) => key.at(-1)),
    ['one', 'two'],
  );
});

test('the mailbox of a node that joins while others are tidied up keeps its messages', async () => {
  await using store = await openMemoryStore();
  await mailOf(store).tidy('back', living(['back']));

  await mailOf(store).tidy('one', async () => {
    await mailOf(store).tidy('back', living(['one', 'back']));
    await mailOf(store).send(unsealed('back'), { text: 'to its next life' });
    return new Set(['one']);
  });

  assert.equal(await lengthOf(store, 'back'), 1);
});

test('a node that joins again under its old note keeps what is sent to it from then on', async () => {
  await using store = await openMemoryStore();
  await mailOf(store).tidy('back', living(['back']));
  await mailOf(store).send(unsealed('back'), { text: 'to its earlier life' });

  await mailOf(store).tidy('one', async () => {
    await mailOf(store).send(unsealed('back'), { text: 'to its next life' });
    return new Set(['one']);
  });

  assert.equal(await lengthOf(store, 'back'), 1);
});

test('a node whose box was taken for that of a dead one notes it again', async () => {
  await using store = await openMemoryStore();
  await mailOf(store).tidy('stalled', living(['stalled']));
  await mailOf(store).tidy('one', living(['one']));
  await mailOf(store).tidy('stalled', living(['one', 'stalled']));
  await mailOf(store).send(unsealed('stalled'), { text: 'x' });

  await mailOf(store).tidy('one', living(['one']));

  assert.equal(await lengthOf(store, 'stalled'), 0);
});

test('messages that cannot be decrypted or read are skipped, and the others are received', async () => {
  await using store = await openMemoryStore();
  const keys = new MailboxKeys();
  const box = boxOf('one');
  const append = (value: Uint8Array) => store.commit({ appends: [{ log: box, value, maxEntries: 100 }] });
  const sender = mailOf(store);
  await sender.send({ nodeId: 'one', publicKey: keys.publicKey }, { text: 'sealed' });
  await sender.send({ nodeId: 'one', publicKey: new MailboxKeys().publicKey }, { text: 'for an earlier life' });
  for (const value of ['', '{', '{"text":1}', '\u0001', '\u0002'.repeat(100), '\u0001'.repeat(100)])
    await append(bytes(value));
  await append(bytes('{"text":"of an earlier release"}'));

  const ending = new AbortController();
  const received: string[] = [];
  for await (const { messages, cursor } of mailOf(store, keys).receive('one', { after: null, signal: ending.signal })) {
    received.push(...messages.map(({ text }) => text));
    await sender.trim('one', cursor);
    ending.abort();
  }

  assert.deepEqual(received, ['sealed', 'of an earlier release']);
  assert.equal(await lengthOf(store, 'one'), 0);
});
