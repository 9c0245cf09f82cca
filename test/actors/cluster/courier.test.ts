import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pino } from 'pino';
import { Background } from '../../../src/actors/background.ts';
import { Courier } from '../../../src/actors/cluster/courier.ts';
import { type Letter, letterCodec, type Result } from '../../../src/actors/cluster/letter.ts';
import { systemDelay } from '../../../src/domain/delay.ts';
import type { Store } from '../../../src/store/contract.ts';
import { type Mail, mail } from '../../../src/store/mail.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

const address = { organization: 'acme', session: 'one' };

interface NodeOptions {
  /** Its answers to requests, one after the other. */
  results?: readonly Result[];
  /** Whether it takes the others to be alive. */
  othersLive?: boolean;
  /** How much faster than in life its time passes. */
  haste?: number;
  carrier?: Mail<Letter>;
}

/** A node that does nothing but read its letters. */
async function startCourier(
  store: Store,
  nodeId: string,
  { results = [], othersLive = true, haste = 1, carrier = mail(store, letterCodec) }: NodeOptions = {},
) {
  const answers = results.values();
  const courier = new Courier({
    mail: carrier,
    self: () => ({ incarnation: `life of ${nodeId}`, nodeId }),
    isLiving: (incarnation) => othersLive && incarnation !== 'life of nobody',
    onAsk: async () => answers.next().value ?? 'elsewhere',
    onTell: () => undefined,
    onWatch: () => undefined,
    onFrames: () => undefined,
    answerTimeoutMs: 5_000,
    sendTimeoutMs: 5_000,
    background: new Background(),
    delay: (ms, run) => systemDelay(ms / haste, run),
    logger: pino({ level: 'silent' }),
  });
  await courier.start();
  return { courier, [Symbol.asyncDispose]: () => courier.end() };
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
function withLostClaims(store: Store, lost: number, fate: 'made' | 'not made'): Mail<Letter> {
  const inner = mail(store, letterCodec);
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
    const done: Result = { ok: true, value: { kind: 'done' } };
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
  const mute = { ...mail(store, letterCodec), claim: async () => false };
  await using asker = await startCourier(store, 'a', { carrier: mute });
  const to = { incarnation: 'life of nobody', nodeId: 'nobody' };
  const answer = await asker.courier.ask(to, address, { type: 'session.start', requestId: 'request 1' });

  assert.partialDeepStrictEqual(answer, { ok: false, refusal: { details: { reason: 'session_unresponsive' } } });
});
