import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '../support/gateway/cluster.ts';
import { inProcess } from '../support/gateway/launcher.ts';
import { own, shared } from '../support/gateway/linked-bed.ts';

const cluster = shared(await startCluster(inProcess(), { devices: 1 }));
const { simulator } = cluster;
const { client: here } = await cluster.start('first');
const session = await here.linked(simulator, own);
const { client: there } = await cluster.start('second');

const maria = simulator.addContact({ phone: '551155500001', aliases: ['5511955500001'], username: 'maria' });
const found = { registered: true, jid: maria.jid, lid: maria.lid, phone: maria.phone, username: 'maria' };

function lookUp(phone: string, client = here) {
  return client.call('GET', `/sessions/${session}/contacts:lookup?phone=${encodeURIComponent(phone)}`);
}

/** How many look-ups WhatsApp was asked for. */
function asked(): number {
  return simulator.ledger.stanzas({ direction: 'in', tag: 'iq' }).filter(({ attrs }) => attrs['xmlns'] === 'usync')
    .length;
}

test('a number is looked up by way of any node, however it is spelled', async () => {
  for (const client of [here, there]) {
    for (const phone of ['+55 11 9 5550-0001', '551155500001']) {
      const { status, body } = await lookUp(phone, client);
      assert.deepEqual([status, body], [200, found], phone);
    }
  }
});

test('a number that nobody has is found not to be registered', async () => {
  const { status, body } = await lookUp('5511955500002', there);

  assert.deepEqual([status, body], [200, { registered: false, jid: null, lid: null, phone: null, username: null }]);
});

test('what was looked up a moment ago is not asked for again', async () => {
  await lookUp('551155500001');
  const before = asked();

  await Promise.all(Array.from({ length: 20 }, () => lookUp('551155500001')));

  assert.equal(asked(), before);
});

test('a session that is not connected looks nothing up', async () => {
  const { id } = await here.created();

  const { status } = await here.call('GET', `/sessions/${id}/contacts:lookup?phone=551155500001`);

  assert.equal(status, 501);
});
