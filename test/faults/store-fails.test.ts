import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import type { Answer } from '../support/gateway/client.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { assertSound, probe, startFragileWorld, storeFaults, untilStore } from './support/broken-store.ts';

const ErrorSchema = v.looseObject({
  error: v.strictObject({ code: v.string(), message: v.string(), details: v.looseObject({ reason: v.string() }) }),
});

for (const fault of storeFaults) {
  test(`while ${fault.name} nothing is half done, all sessions are offline, and all recovers by itself`, async () => {
    await using world = await startFragileWorld();
    const { client, simulator, volume } = world;
    const gateway = await world.start();
    const session = await client.linked(simulator, '491700000001');
    const idle = await client.linked(simulator, '491700000002');
    const kept = { 'idempotency-key': 'kept' };
    await client.call('POST', `/sessions/${session}/messages`, text('sent before'), kept);
    simulator.faults.add({ kind: 'late-ack', delayMs: 300, account: '491700000001', times: 3 });
    const queued = [1, 2, 3].map((n) => `queued ${n}`);
    for (const words of queued) {
      const answer = await client.call('POST', `/sessions/${session}/messages?async=true`, text(words));
      assert.equal(answer.status, 202);
    }

    await fault.begin(volume, gateway);
    const first = await client.call('POST', `/sessions/${idle}/messages?async=true`, text('never'), {
      'idempotency-key': 'free',
    });
    assertUnavailable(first);
    await untilStore(gateway, 'failing');
    await simulator.ledger.waitFor(() => simulator.connections().length === 0);
    const attempts = () => simulator.ledger.entries.filter(({ kind }) => kind === 'connection').length;
    const attemptsBefore = attempts();

    const writes: [string, string, unknown?][] = [
      ['POST', `/sessions/${session}/messages`, text('never')],
      ['POST', `/sessions/${session}/messages?async=true`, text('never')],
      ['PATCH', `/sessions/${session}`, { label: 'never' }],
      ['POST', '/sessions', {}],
      ['POST', `/sessions/${session}:start`],
      ['POST', `/sessions/${session}:stop`],
      ['POST', `/sessions/${session}:logout`],
      ['DELETE', `/sessions/${session}`],
      ['POST', `/sessions/${session}/groups:join`, { invite: 'AbCdEfGhIjKlMnOpQrStUv' }],
      ['POST', '/realtime/ticket', {}],
    ];
    for (const [method, path, body] of writes) assertUnavailable(await client.call(method, path, body), path);
    assert.equal((await client.call('GET', '/sessions')).status, 200);
    assert.equal((await client.call('GET', `/sessions/${session}/outbox`)).status, 200);
    assert.equal((await client.session(session)).reason, 'store_unavailable');
    const replayed = await client.call('POST', `/sessions/${session}/messages`, text('sent before'), kept);
    assert.partialDeepStrictEqual(replayed, { status: 200, body: { replayed: true } });
    assert.equal((await probe(gateway, '/livez')).status, 200);
    assert.equal(attempts(), attemptsBefore, 'nobody logs in while nothing can be kept');

    await fault.end(volume, gateway);
    await untilStore(gateway, 'working');
    await Promise.all([session, idle].map((each) => client.until(each, 'connected')));
    for (const words of queued) {
      await simulator.ledger.waitFor(() =>
        simulator.ledger.visible({ to: recipient }).some(({ text }) => text === words),
      );
    }
    const again = await client.call('POST', `/sessions/${idle}/messages?async=true`, text('now'), {
      'idempotency-key': 'free',
    });
    assert.partialDeepStrictEqual(again, { status: 202, body: { replayed: false } });
    await simulator.ledger.waitFor(() =>
      simulator.ledger.visible({ to: recipient }).some(({ text }) => text === 'now'),
    );

    const seen = simulator.ledger.visible({ to: recipient });
    assert.deepEqual(seen.map((each) => each.text).toSorted(), ['now', ...queued, 'sent before']);
    const linked = simulator.ledger.entries.filter((entry) => entry.kind === 'connection' && entry.event === 'linked');
    assert.equal(linked.length, 2, 'no number had to be linked anew');
    assert.equal(await gateway.end('SIGTERM'), 0);
    await assertSound(volume.path);
  });
}

function text(words: string): object {
  return { to, type: 'text', text: words };
}

function assertUnavailable({ status, headers, body }: Answer, what?: string): void {
  assert.equal(status, 503, `${what}: ${JSON.stringify(body)}`);
  assert.ok(Number(headers.get('retry-after')) >= 1);
  const { code, message, details } = v.parse(ErrorSchema, body).error;
  assert.deepEqual([code, details.reason], ['unavailable', 'store_unavailable']);
  assert.doesNotMatch(message, /SQL|disk|I\/O/i);
}
