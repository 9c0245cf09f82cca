import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pino } from 'pino';
import { BackgroundTasks } from '../../../../src/actors/background-tasks.ts';
import {
  type NodeMessage,
  nodeMessageCodec,
  type ResponseMessage,
  type WatchMessage,
} from '../../../../src/actors/cluster/rpc/node-message.ts';
import { NodeRpc } from '../../../../src/actors/cluster/rpc/node-rpc.ts';
import { systemTimer } from '../../../../src/domain/clock.ts';
import type { Key, Store } from '../../../../src/store/contract.ts';
import { MailboxKeys } from '../../../../src/store/encryption/mailbox-keys.ts';
import { type NodeMailbox, nodeMailbox } from '../../../../src/store/records/cluster/node-mailbox.ts';
import { eventually } from '../../../support/eventually.ts';
import { openMemoryStore } from '../../../support/store/memory-store.ts';

const address = { organization: 'acme', session: 'one' };

interface NodeOptions {
  /** Its answers to requests, one after the other. */
  results?: readonly ResponseMessage[];
  /** Whether it takes the others to be alive. */
  othersLive?: boolean;
  /** How much faster than in life its time passes. */
  haste?: number;
  carrier?: NodeMailbox<NodeMessage>;
  keys?: MailboxKeys;
  /** The public keys of nodes that live; null for one of an earlier release. */
  publicKeys?: ReadonlyMap<string, string | null>;
  onWatch?: (watch: WatchMessage) => void;
}

/** Two nodes of this release. */
function pairOfKeys() {
  const [a, b] = [new MailboxKeys(), new MailboxKeys()];
  return {
    a,
    b,
    publicKeys: new Map([
      ['life of a', a.publicKey],
      ['life of b', b.publicKey],
    ]),
  };
}

const earlier: ReadonlyMap<string, null> = new Map([
  ['life of a', null],
  ['life of b', null],
]);

/** A node that does nothing but read its letters. */
async function startCourier(
  store: Store,
  nodeId: string,
  { results = [], othersLive = true, haste = 1, onWatch = () => undefined, ...options }: NodeOptions = {},
) {
  const {
    keys = new MailboxKeys(),
    publicKeys = earlier,
    carrier = nodeMailbox(store, nodeMessageCodec, keys),
  } = options;
  const background = new BackgroundTasks();
  const answers = results.values();
  const courier = new NodeRpc({
    mail: carrier,
    self: () => ({ incarnation: `life of ${nodeId}`, nodeId }),
    publicKeyOf: async (incarnation) => publicKeys.get(incarnation),
    isLiving: (incarnation) => othersLive && incarnation !== 'life of nobody',
    onAsk: async () => answers.next().value ?? 'elsewhere',
    onTell: () => undefined,
    onWatch,
    onFrames: () => undefined,
    answerTimeoutMs: 5_000,
    sendTimeoutMs: 5_000,
    background,
    delay: (ms, run) => systemTimer(ms / haste, run),
    logger: pino({ level: 'silent' }),
  });
  await courier.start();
  return {
    courier,
    [Symbol.asyncDispose]: async () => {
      await courier.end();
      await background.idle();
    },
  };
}

it('carries out a request that was given back, when it is asked for again', async () => {
  await using store = await openMemoryStore();
  await using asker = await startCourier(store, 'a');
  await using _owner = await startCourier(store, 'b', {
    results: ['elsewhere', { ok: true, value: { kind: 'done' } }],
  });
  const to = { incarnation: 'life of b', nodeId: 'b' };
  const command = { type: 'session.start', requestId: 'request 1' } as const;

  assert.equal(await asker.courier.ask(to, address, command), 'elsewhere');
  assert.deepEqual(await asker.courier.ask(to, address, command), { ok: true, value: { kind: 'done' } });
});

it('says that nothing was done when a node is gone that has not taken the request', async () => {
  await using store = await openMemoryStore();
  await using asker = await startCourier(store, 'a', { othersLive: false, haste: 10 });
  const to = { incarnation: 'life of b', nodeId: 'b' };

  const answer = await asker.courier.ask(to, address, { type: 'session.start', requestId: 'request 1' });

  assert.equal(answer, 'untaken');
});
/** Mail whose first claims are made, or not, and reject all the same. */
function withLostClaims(store: Store, lost: number, fate: 'made' | 'not made'): NodeMailbox<NodeMessage> {
  const inner = nodeMailbox(store, nodeMessageCodec, new MailboxKeys());
  let left = lost;
  return {
    ...inner,
    claim: async (askId, claimant) => {
      left -= 1;
      if (left < 0) return inner.claim(askId, claimant);
      if (fate === 'made') await inner.claim(askId, claimant);
      throw new Error('the answer of the store was lost');
    },
  };
}

for (const fate of ['made', 'not made'] as const) {
  it(`withdraws a request that nobody takes although the first claims are lost, and ${fate}`, async () => {
    await using store = await openMemoryStore();
    await using asker = await startCourier(store, 'a', { carrier: withLostClaims(store, 3, fate) });
    const to = { incarnation: 'life of nobody', nodeId: 'nobody' };

    assert.equal(await asker.courier.ask(to, address, { type: 'session.start', requestId: 'request 1' }), 'untaken');
  });

  it(`carries a request out although its first claims are lost, and ${fate}`, async () => {
    await using store = await openMemoryStore();
    await using asker = await startCourier(store, 'a');
    const done: ResponseMessage = { ok: true, value: { kind: 'done' } };
    await using _owner = await startCourier(store, 'b', { results: [done], carrier: withLostClaims(store, 2, fate) });
    const to = { incarnation: 'life of b', nodeId: 'b' };

    assert.deepEqual(await asker.courier.ask(to, address, { type: 'session.stop', requestId: 'request 1' }), done);
  });
}

it('takes a request back that nobody has taken when the node is gone, and does not call its outcome unknown', async () => {
  await using store = await openMemoryStore();
  await using asker = await startCourier(store, 'a');
  const to = { incarnation: 'life of nobody', nodeId: 'nobody' };

  assert.equal(await asker.courier.ask(to, address, { type: 'session.start', requestId: 'request 1' }), 'untaken');
});

it('does not wait for a node that has taken a request and is gone', async () => {
  await using store = await openMemoryStore();
  const mute = { ...nodeMailbox(store, nodeMessageCodec, new MailboxKeys()), claim: async () => false };
  await using asker = await startCourier(store, 'a', { carrier: mute });
  const to = { incarnation: 'life of nobody', nodeId: 'nobody' };
  const answer = await asker.courier.ask(to, address, { type: 'session.start', requestId: 'request 1' });

  assert.partialDeepStrictEqual(answer, { ok: false, refusal: { details: { reason: 'session_unresponsive' } } });
});

const inB = { incarnation: 'life of b', nodeId: 'b' };
const pairing = { type: 'session.pairingCode', requestId: 'request 1', phone: '491700000001' } as const;
const linkCode: ResponseMessage = { ok: true, value: { kind: 'linkCode', code: 'canary code', expiresAt: 1 } };

/** All that was ever put into the boxes of a and b, opened with the keys of the store, until it is disposed. */
function readBoxes(store: Store) {
  const ending = new AbortController();
  const seen: string[] = [];
  const reading = ['a', 'b'].map(async (nodeId) => {
    for await (const { entries } of store.follow(boxOf(nodeId), { signal: ending.signal })) {
      for (const { value } of entries) seen.push(Buffer.from(value).toString('latin1'));
    }
  });
  return {
    seen,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await Promise.all(reading);
    },
  };
}

function boxOf(nodeId: string): Key {
  return ['gateway', 'mail', nodeId];
}

async function lettersOf(store: Store, nodeId: string): Promise<number> {
  return (await store.read(boxOf(nodeId), { limit: 1_000 })).entries.length;
}

it('seals what it asks and answers for the node that is to read it, and for nobody else', async () => {
  await using store = await openMemoryStore();
  await using boxes = readBoxes(store);
  const { a, b, publicKeys } = pairOfKeys();
  await using asker = await startCourier(store, 'a', { keys: a, publicKeys });
  await using _owner = await startCourier(store, 'b', { keys: b, publicKeys, results: [linkCode] });

  assert.deepEqual(await asker.courier.ask(inB, address, pairing), linkCode);

  await eventually(() => assert.equal(boxes.seen.length, 2));
  assert.doesNotMatch(boxes.seen.join(''), /canary|4917|ask|reply/);
});

for (const { sealing, others } of [
  { sealing: 'asks', others: 'answers' },
  { sealing: 'answers', others: 'asks' },
]) {
  it(`understands a node of an earlier release that ${others}, and is understood when it ${sealing}`, async () => {
    await using store = await openMemoryStore();
    await using boxes = readBoxes(store);
    const { a, b, publicKeys } = pairOfKeys();
    const mixed = new Map<string, string | null>(publicKeys).set(sealing === 'asks' ? 'life of b' : 'life of a', null);
    await using asker = await startCourier(store, 'a', { keys: a, publicKeys: mixed });
    await using _owner = await startCourier(store, 'b', { keys: b, publicKeys: mixed, results: [linkCode] });

    assert.deepEqual(await asker.courier.ask(inB, address, pairing), linkCode);

    await eventually(() => assert.equal(boxes.seen.filter((letter) => letter.startsWith('{')).length, 1));
  });
}

it('deletes letters soon after they were handled, those to earlier lives at its start, and the last ones at its end', async () => {
  await using store = await openMemoryStore();
  const { a, b, publicKeys } = pairOfKeys();
  await store.commit({ appends: [{ log: boxOf('b'), value: Buffer.from('{}'), maxEntries: 10 }] });
  await using asker = await startCourier(store, 'a', { keys: a, publicKeys });
  const results = Array.from({ length: 21 }, () => linkCode);
  const owner = await startCourier(store, 'b', { keys: b, publicKeys, results });
  await eventually(async () => assert.equal(await lettersOf(store, 'b'), 0));

  for (let asked = 0; asked < 20; asked += 1) await asker.courier.ask(inB, address, pairing);
  await eventually(async () => {
    assert.deepEqual([await lettersOf(store, 'a'), await lettersOf(store, 'b')], [0, 0]);
  });
  await asker.courier.ask(inB, address, pairing);
  await owner[Symbol.asyncDispose]();

  assert.equal(await lettersOf(store, 'b'), 0);
});

it('tries again to delete letters when the store has refused that', async () => {
  await using store = await openMemoryStore();
  const { a, b, publicKeys } = pairOfKeys();
  const carrier = nodeMailbox(store, nodeMessageCodec, b);
  let refusals = 3;
  const trim = async (nodeId: string, through: string) => {
    refusals -= 1;
    if (refusals >= 0) throw new Error('the store cannot be asked');
    await carrier.trim(nodeId, through);
  };
  await using asker = await startCourier(store, 'a', { keys: a, publicKeys });
  const options = { keys: b, publicKeys, haste: 10, carrier: { ...carrier, trim }, results: [linkCode] };
  await using _owner = await startCourier(store, 'b', options);

  await asker.courier.ask(inB, address, pairing);

  await eventually(async () => assert.equal(await lettersOf(store, 'b'), 0));
  assert.ok(refusals < 0);
});

it('hands each letter out once, also when the store breaks while they are read and deleted', async () => {
  await using store = await openMemoryStore();
  const { a, b, publicKeys } = pairOfKeys();
  const inner = nodeMailbox(store, nodeMessageCodec, b);
  const broken: NodeMailbox<NodeMessage> = {
    ...inner,
    receive: async function* (nodeId, options) {
      for await (const slice of inner.receive(nodeId, options)) {
        yield slice;
        throw new Error('the connection is lost');
      }
    },
  };
  const watched: string[] = [];
  const onWatch = ({ watchId }: WatchMessage) => void watched.push(watchId);
  await using asker = await startCourier(store, 'a', { keys: a, publicKeys });
  await using _owner = await startCourier(store, 'b', { keys: b, publicKeys, haste: 100, carrier: broken, onWatch });
  const from = { incarnation: 'life of a', nodeId: 'a' };
  const ids = Array.from({ length: 100 }, (_, index) => `watch ${index}`);

  for (const watchId of ids) {
    await asker.courier.send(inB, { kind: 'watch', to: 'life of b', from, watchId, ...address, wish: 'goOn' });
  }

  await eventually(() => assert.equal(watched.length, 100), 20_000);
  assert.deepEqual(watched, ids);
  await eventually(async () => assert.equal(await lettersOf(store, 'b'), 0));
});

it('loses no request that a node had read and not begun when it was killed: its next life carries it out once', async () => {
  await using store = await openMemoryStore();
  const { a, b, publicKeys } = pairOfKeys();
  await using asker = await startCourier(store, 'a', { keys: a, publicKeys });
  const dying = nodeMailbox(store, nodeMessageCodec, b);
  const claim = () => Promise.withResolvers<boolean>().promise;
  const killed = await startCourier(store, 'b', { keys: b, publicKeys, haste: 100, carrier: { ...dying, claim } });

  const answering = asker.courier.ask(inB, address, pairing);
  await eventually(async () => assert.notEqual(await store.tail(boxOf('b')), null));
  await eventually(async () => assert.equal(await lettersOf(store, 'b'), 0));
  await killed.courier.end();

  assert.equal(await answering, 'untaken');
  await using _next = await startCourier(store, 'b', { keys: b, publicKeys, results: [linkCode] });
  assert.deepEqual(await asker.courier.ask(inB, address, pairing), linkCode);
});
