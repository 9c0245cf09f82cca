import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { type BalancedCluster, startBalancedCluster } from './support/cluster.ts';
import { phoneOf } from './support/world.ts';

/** Less than a node waits for an answer that does not come. */
const answeredWithinMs = 5_000;

test('every node tells the codes that link a number, whichever of them owns the session', async () => {
  await using world = await startBalancedCluster(['a', 'b']);
  const { id } = await world.client.created();
  await world.client.call('POST', `/sessions/${id}:start`);

  for (const { url } of world.nodes) {
    const qr = await eventually(() => ask(world, 'GET', `${url}/api/v1/sessions/${id}/qr`));
    const pairing = await ask(world, 'POST', `${url}/api/v1/sessions/${id}/pairing-code`, { phone: phoneOf(0) });
    assert.deepEqual(
      [Object.keys(qr), Object.keys(pairing)],
      [
        ['code', 'expiresAt'],
        ['code', 'expiresAt'],
      ],
    );
  }
});

/** The body of the answer; rejects unless it is a success that comes soon. */
async function ask({ client }: BalancedCluster, method: string, url: string, body?: object): Promise<object> {
  const headers = { authorization: `Bearer ${client.token}`, 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(answeredWithinMs);
  const answer = await fetch(url, {
    method,
    headers,
    signal,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const told: unknown = await answer.json();
  assert.equal(answer.ok, true, JSON.stringify(told));
  assert.ok(typeof told === 'object' && told !== null);
  return told;
}
