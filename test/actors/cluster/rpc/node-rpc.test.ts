import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pino } from 'pino';
import { BackgroundTasks } from '../../../../src/actors/background-tasks.ts';
import {
  type NodeMessage,
  nodeMessageCodec,
  type ResponseMessage,
  type WatchMessage,
  watchWishes,
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
  /** Its responses to requests, in order. */
  results?: readonly ResponseMessage[];
  /** Whether it believes that the others are live. */
  othersLive?: boolean;
  /** How much faster than real time its timers run. */
  speed?: number;
  mailbox?: NodeMailbox<NodeMessage>;
  keys?: MailboxKeys;
  /** The public keys of live nodes; null for one of an earlier release. */
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

/** A node that does nothing but read its mailbox. */
async function startRpc(
  store: Store,
  nodeId: string,
  { results = [], othersLive = true, speed = 1, onWatch = () => undefined, ...options }: NodeOptions = {},
) {
  const {
    keys = new MailboxKeys(),
    publicKeys = earlier,
    mailbox = nodeMailbox(store, nodeMessageCodec, keys),
  } = options;
  const background = new BackgroundTasks();
  const answers = results.values();
  const rpc = new NodeRpc({
    mailbox,
    self: () => ({ incarnation: `life of ${nodeId}`, nodeId }),
    publicKeyOf: async (incarnation) => publicKeys.get(incarnation),
    isLive: (incarnation) => othersLive && incarnation !== 'life of nobody',
    onRequest: async () => answers.next().value ?? 'elsewhere',
    onNotification: () => undefined,
    onWatch,
    onFrames: () => undefined,
    answerTimeoutMs: 5_000,
    sendTimeoutMs: 5_000,
    background,
    delay: (ms, run) => systemTimer(ms / speed, run),
    logger: pino({ level: 'silent' }),
  });
  await rpc.start();
  return {
    rpc,
    [Symbol.asyncDispose]: async () => {
      await rpc.end();
      await background.idle();
    },
  };
}

it('executes a request that was answered elsewhere before, when it is repeated', async () => {
  await using store = await openMemoryStore();
  await using caller = await startRpc(store, 'a');
  await using _owner = await startRpc(store, 'b', {
    results: ['elsewhere', { ok: true, value: { kind: 'done' } }],
  });
  const to = { incarnation: 'life of b', nodeId: 'b' };
  const command = { type: 'session.start', requestId: 'request 1' } as const;

  assert.equal(await caller.rpc.request(to, address, command), 'elsewhere');
  assert.deepEqual(await caller.rpc.request(to, address, command), { ok: true, value: { kind: 'done' } });
});

it('reports that nothing was done when a node dies that has not accepted the request', async () => {
  await using store = await openMemoryStore();
  await using caller = await startRpc(store, 'a', { othersLive: false, speed: 10 });
  const to = { incarnation: 'life of b', nodeId: 'b' };

  const answer = await caller.rpc.request(to, address, { type: 'session.start', requestId: 'request 1' });

  assert.equal(answer, 'notAccepted');
});
/** A mailbox whose first claims reject, although they were made or not. */
function withLostClaims(store: Store, lost: number, outcome: 'made' | 'not made'): NodeMailbox<NodeMessage> {
  const inner = nodeMailbox(store, nodeMessageCodec, new MailboxKeys());
  let left = lost;
  return {
    ...inner,
    claim: async (callId, claimant) => {
      left -= 1;
      if (left < 0) return inner.claim(callId, claimant);
      if (outcome === 'made') await inner.claim(callId, claimant);
      throw new Error('the answer of the store was lost');
    },
  };
}

for (const outcome of ['made', 'not made'] as const) {
  it(`cancels a request that no node accepts although the answers to the first claims are lost, and they were ${outcome}`, async () => {
    await using store = await openMemoryStore();
    await using caller = await startRpc(store, 'a', { mailbox: withLostClaims(store, 3, outcome) });
    const to = { incarnation: 'life of nobody', nodeId: 'nobody' };

    assert.equal(
      await caller.rpc.request(to, address, { type: 'session.start', requestId: 'request 1' }),
      'notAccepted',
    );
  });

  it(`executes a request although the answers to its first claims are lost, and they were ${outcome}`, async () => {
    await using store = await openMemoryStore();
    await using caller = await startRpc(store, 'a');
    const done: ResponseMessage = { ok: true, value: { kind: 'done' } };
    await using _owner = await startRpc(store, 'b', { results: [done], mailbox: withLostClaims(store, 2, outcome) });
    const to = { incarnation: 'life of b', nodeId: 'b' };

    assert.deepEqual(await caller.rpc.request(to, address, { type: 'session.stop', requestId: 'request 1' }), done);
  });
}

it('cancels a request to a dead node that has not accepted it, and does not call its outcome unknown', async () => {
  await using store = await openMemoryStore();
  await using caller = await startRpc(store, 'a');
  const to = { incarnation: 'life of nobody', nodeId: 'nobody' };

  assert.equal(await caller.rpc.request(to, address, { type: 'session.start', requestId: 'request 1' }), 'notAccepted');
});

it('does not wait for a node that has accepted a request and died', async () => {
  await using store = await openMemoryStore();
  const mute = { ...nodeMailbox(store, nodeMessageCodec, new MailboxKeys()), claim: async () => false };
  await using caller = await startRpc(store, 'a', { mailbox: mute });
  const to = { incarnation: 'life of nobody', nodeId: 'nobody' };
  const answer = await caller.rpc.request(to, address, { type: 'session.start', requestId: 'request 1' });

  assert.partialDeepStrictEqual(answer, { ok: false, refusal: { details: { reason: 'session_unresponsive' } } });
});

const inB = { incarnation: 'life of b', nodeId: 'b' };
const pairing = { type: 'session.pairingCode', requestId: 'request 1', phone: '491700000001' } as const;
const linkCode: ResponseMessage = { ok: true, value: { kind: 'linkCode', code: 'canary code', expiresAt: 1 } };

/** Everything that is stored in the mailboxes of a and b, as the store decrypts it, until it is disposed. */
function readMailboxes(store: Store) {
  const ending = new AbortController();
  const seen: string[] = [];
  const reading = ['a', 'b'].map(async (nodeId) => {
    for await (const { entries } of store.follow(mailboxOf(nodeId), { signal: ending.signal })) {
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

function mailboxOf(nodeId: string): Key {
  return ['gateway', 'mail', nodeId];
}

async function messagesOf(store: Store, nodeId: string): Promise<number> {
  return (await store.read(mailboxOf(nodeId), { limit: 1_000 })).entries.length;
}

it('encrypts requests and responses for the node that is to read them only', async () => {
  await using store = await openMemoryStore();
  await using mailboxes = readMailboxes(store);
  const { a, b, publicKeys } = pairOfKeys();
  await using caller = await startRpc(store, 'a', { keys: a, publicKeys });
  await using _owner = await startRpc(store, 'b', { keys: b, publicKeys, results: [linkCode] });

  assert.deepEqual(await caller.rpc.request(inB, address, pairing), linkCode);

  await eventually(() => assert.equal(mailboxes.seen.length, 2));
  assert.doesNotMatch(mailboxes.seen.join(''), /canary|4917|ask|reply/);
});

for (const { sealing, others } of [
  { sealing: 'asks', others: 'answers' },
  { sealing: 'answers', others: 'asks' },
]) {
  it(`understands a node of an earlier release that ${others}, and is understood when it ${sealing}`, async () => {
    await using store = await openMemoryStore();
    await using mailboxes = readMailboxes(store);
    const { a, b, publicKeys } = pairOfKeys();
    const mixed = new Map<string, string | null>(publicKeys).set(sealing === 'asks' ? 'life of b' : 'life of a', null);
    await using caller = await startRpc(store, 'a', { keys: a, publicKeys: mixed });
    await using _owner = await startRpc(store, 'b', { keys: b, publicKeys: mixed, results: [linkCode] });

    assert.deepEqual(await caller.rpc.request(inB, address, pairing), linkCode);

    await eventually(() => assert.equal(mailboxes.seen.filter((message) => message.startsWith('{')).length, 1));
  });
}

it('deletes messages soon after they were handled, those to earlier incarnations at its start, and the last ones at its end', async () => {
  await using store = await openMemoryStore();
  const { a, b, publicKeys } = pairOfKeys();
  await store.commit({ appends: [{ log: mailboxOf('b'), value: Buffer.from('{}'), maxEntries: 10 }] });
  await using caller = await startRpc(store, 'a', { keys: a, publicKeys });
  const results = Array.from({ length: 21 }, () => linkCode);
  const owner = await startRpc(store, 'b', { keys: b, publicKeys, results });
  await eventually(async () => assert.equal(await messagesOf(store, 'b'), 0));

  for (let asked = 0; asked < 20; asked += 1) await caller.rpc.request(inB, address, pairing);
  await eventually(async () => {
    assert.deepEqual([await messagesOf(store, 'a'), await messagesOf(store, 'b')], [0, 0]);
  });
  await caller.rpc.request(inB, address, pairing);
  await owner[Symbol.asyncDispose]();

  assert.equal(await messagesOf(store, 'b'), 0);
});

it('retries to delete messages when the store has failed', async () => {
  await using store = await openMemoryStore();
  const { a, b, publicKeys } = pairOfKeys();
  const mailbox = nodeMailbox(store, nodeMessageCodec, b);
  let refusals = 3;
  const trim = async (nodeId: string, through: string) => {
    refusals -= 1;
    if (refusals >= 0) throw new Error('the store cannot be asked');
    await mailbox.trim(nodeId, through);
  };
  await using caller = await startRpc(store, 'a', { keys: a, publicKeys });
  const options = { keys: b, publicKeys, speed: 10, mailbox: { ...mailbox, trim }, results: [linkCode] };
  await using _owner = await startRpc(store, 'b', options);

  await caller.rpc.request(inB, address, pairing);

  await eventually(async () => assert.equal(await messagesOf(store, 'b'), 0));
  assert.ok(refusals < 0);
});

it('delivers each message once, also when the store fails while they are read and deleted', async () => {
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
  await using caller = await startRpc(store, 'a', { keys: a, publicKeys });
  await using _owner = await startRpc(store, 'b', { keys: b, publicKeys, speed: 100, mailbox: broken, onWatch });
  const from = { incarnation: 'life of a', nodeId: 'a' };
  const ids = Array.from({ length: 100 }, (_, index) => `watch ${index}`);

  for (const watchId of ids) {
    await caller.rpc.send(inB, {
      kind: 'watch',
      to: 'life of b',
      from,
      watchId,
      ...address,
      wish: watchWishes.keepAlive,
    });
  }

  await eventually(() => assert.equal(watched.length, 100), 20_000);
  assert.deepEqual(watched, ids);
  await eventually(async () => assert.equal(await messagesOf(store, 'b'), 0));
});

it('loses no request that a node had read and not begun when it was killed: its next incarnation executes it once', async () => {
  await using store = await openMemoryStore();
  const { a, b, publicKeys } = pairOfKeys();
  await using caller = await startRpc(store, 'a', { keys: a, publicKeys });
  const dying = nodeMailbox(store, nodeMessageCodec, b);
  const claim = () => Promise.withResolvers<boolean>().promise;
  const killed = await startRpc(store, 'b', { keys: b, publicKeys, speed: 100, mailbox: { ...dying, claim } });

  const answering = caller.rpc.request(inB, address, pairing);
  await eventually(async () => assert.notEqual(await store.tail(mailboxOf('b')), null));
  await eventually(async () => assert.equal(await messagesOf(store, 'b'), 0));
  await killed.rpc.end();

  assert.equal(await answering, 'notAccepted');
  await using _next = await startRpc(store, 'b', { keys: b, publicKeys, results: [linkCode] });
  assert.deepEqual(await caller.rpc.request(inB, address, pairing), linkCode);
});
