import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { eventually } from '../support/eventually.ts';
import { startCluster } from '../support/gateway/cluster.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { inProcess } from '../support/gateway/launcher.ts';
import { own, shared } from '../support/gateway/linked-bed.ts';
import { withRedis } from '../support/redis/redis-client.ts';

const nodes = ['first', 'second'];
const sends = 20;

const cluster = shared(await startCluster(inProcess(), { devices: 1 }));
const { client: here } = await cluster.start('first');
const { client: there } = await cluster.start('second');

/** What the mailboxes hold, opened with every key that the store has: all messages that nodes wrote from `begin` on. */
async function watchMailboxes(): Promise<{ seen: string[] } & AsyncDisposable> {
  const store = await cluster.openStore();
  const ending = new AbortController();
  const seen: string[] = [];
  const watching = nodes.map(async (nodeId) => {
    for await (const { entries } of store.follow(['gateway', 'mail', nodeId], { signal: ending.signal })) {
      for (const { value } of entries) seen.push(Buffer.from(value).toString('latin1'));
    }
  });
  return {
    seen,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await Promise.all(watching);
      await store[Symbol.asyncDispose]();
    },
  };
}

/** What Redis keeps of the mailboxes, as it is stored there. */
function storedMessages(): Promise<string[]> {
  return withRedis(cluster.redis.url, async (client) => {
    const stored: string[] = [];
    for await (const names of client.scanIterator({ MATCH: '*:log:gateway*mail*', TYPE: 'stream' })) {
      for (const name of names) {
        for (const entry of (await client.xRange(name, '-', '+')) ?? []) stored.push(JSON.stringify(entry));
      }
    }
    return stored;
  });
}

test('mailboxes never hold in readable form what is sent, or how numbers are linked, and are empty soon after', async () => {
  await using mailboxes = await watchMailboxes();
  const created = await here.call('POST', '/sessions', { start: true });
  const { id } = v.parse(v.looseObject({ id: v.string() }), created.body);
  const qr = await there.qr(id);
  await cluster.simulator.scanQr(qr, own);
  await there.until(id, 'connected');
  await there.call('PATCH', `/sessions/${id}`, { ratePerMin: 1_000, rateBurst: 1_000, ratePerHour: 60_000 });

  for (let send = 0; send < sends; send += 1) {
    assert.equal((await there.sendText(id, to, `canary-${send}`)).status, 200);
  }
  const kept = await storedMessages();
  assert.equal((await there.call('DELETE', `/sessions/${id}`)).status, 204);

  assert.ok(mailboxes.seen.length >= 2 * sends, String(mailboxes.seen.length));
  for (const secret of ['canary-', recipient, ...qr.split(',').filter((part) => part.length >= 40)]) {
    for (const letter of [...mailboxes.seen, ...kept]) assert.ok(!letter.includes(secret), `a letter holds ${secret}`);
  }
  await eventually(async () => assert.deepEqual(await storedMessages(), []));
});
