import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import type { Client } from '../support/gateway/client.ts';
import { startCluster } from '../support/gateway/cluster.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { coursesIn, inspectAddress, receive } from '../support/gateway/inspector.ts';
import { inProcess } from '../support/gateway/launcher.ts';
import { own, shared } from '../support/gateway/linked-bed.ts';

const NodesSchema = v.object({ data: v.array(v.object({ id: v.string(), nodeId: v.nullable(v.string()) })) });

const cluster = shared(await startCluster(inProcess(), { devices: 1 }));
const { client: here } = await cluster.start('first');
const session = await here.linked(cluster.simulator, own);
const second = await cluster.start('second');
const there = second.client;

async function nodeOf(client: Client, id: string): Promise<string | null | undefined> {
  const { data } = v.parse(NodesSchema, (await client.call('GET', '/sessions')).body);
  return data.find((one) => one.id === id)?.nodeId;
}

/** How often a text has arrived at the contact. */
function arrived(text: string): number {
  return cluster.simulator.ledger.deliveries({ to: recipient }).filter((delivery) => delivery.text === text).length;
}

test('every node names the one that has a session, and what the session is doing', async () => {
  assert.equal(await nodeOf(here, session), 'first');
  assert.equal(await nodeOf(there, session), 'first');
  assert.equal((await there.session(session)).status, 'connected');
});

test('a send through another node is answered with the acknowledgement of WhatsApp', async () => {
  const answer = await there.sendText(session, to, 'from over there');

  assert.equal(answer.status, 200);
  assert.equal(v.parse(SendResultSchema, answer.body).status, 'sent');
  await eventually(() => assert.equal(arrived('from over there'), 1));
});

test('a session is watched by way of another node', async () => {
  const frames = receive(await inspectAddress(second.url, there, session));
  await eventually(() => assert.match(coursesIn(frames)[0] ?? '', /"online":"connected"/));

  await here.sendText(session, to, 'watched from afar');

  await eventually(() => {
    assert.ok(frames.some((frame) => 'event' in frame && frame.event.type === 'socket.acknowledged'));
  });
  assert.ok(!JSON.stringify(frames).includes('watched from afar'));
});

test('an async send is accepted by a node that does not have the session, and goes out at once', async () => {
  const path = `/sessions/${session}/messages?async=true`;

  const answer = await there.call('POST', path, { to, type: 'text', text: 'queued over there' });

  assert.equal(answer.status, 202);
  await eventually(() => assert.equal(arrived('queued over there'), 1));
});

test('of 100 requests with one idempotency key at two nodes, sync and async, one is sent', async () => {
  const ask = (client: Client, mode: string) =>
    client.call(
      'POST',
      `/sessions/${session}/messages${mode}`,
      { to, type: 'text', text: 'once' },
      {
        'idempotency-key': 'one-for-two-nodes',
      },
    );

  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => ask(index % 2 === 0 ? here : there, index % 4 < 2 ? '' : '?async=true')),
  );

  const results = answers.map(({ status, body }) => {
    assert.ok(status === 200 || status === 202, `${status} ${JSON.stringify(body)}`);
    return v.parse(SendResultSchema, body);
  });
  assert.equal(new Set(results.map(({ waMessageId }) => waMessageId)).size, 1);
  assert.equal(results.filter(({ replayed }) => !replayed).length, 1);
  await eventually(() => assert.equal(arrived('once'), 1));
});

test('events are told at every node, and a stream that breaks off goes on at another', async () => {
  const authorization = `Bearer ${here.token}`;
  const open = (url: string, headers = {}) =>
    SseClient.open(`${url}/api/v1/events?event=message.status`, { authorization, ...headers });
  const stream = await open(second.url);
  await here.sendText(session, to, 'first event');
  await stream.untilThat(() => stream.events.length >= 2);
  const last = stream.events.at(-1)?.id ?? '';
  await stream[Symbol.asyncDispose]();

  await here.sendText(session, to, 'second event');
  await using resumed = await open((await cluster.start('third')).url, { 'last-event-id': last });
  await resumed.untilThat(() => resumed.events.some(({ data }) => data?.includes('"sent"') === true));

  assert.ok(resumed.events.every(({ id }) => id !== last));
});

test('a key that is revoked at one node lets nobody in at another', async () => {
  const made = await here.call('POST', '/api-keys', { name: 'short', capabilities: ['read'] });
  const { id, key } = v.parse(v.object({ id: v.string(), key: v.string() }), made.body);
  const list = () => fetch(`${second.url}/api/v1/sessions`, { headers: { authorization: `Bearer ${key}` } });
  assert.equal((await list()).status, 200);

  await here.call('DELETE', `/api-keys/${id}`);

  assert.equal((await list()).status, 401);
});

test('settings that are changed, a stop, a start and a deletion take effect from any node', async () => {
  const other = await here.linked(cluster.simulator, '491700000002');
  assert.equal((await there.call('PATCH', `/sessions/${other}`, { label: 'moved' })).status, 200);
  assert.equal((await there.call('POST', `/sessions/${other}:stop`)).status, 200);
  assert.equal((await here.session(other)).status, 'stopped');
  assert.equal((await there.call('POST', `/sessions/${other}:start`)).status, 200);
  await here.until(other, 'connected');

  assert.equal((await there.call('DELETE', `/sessions/${other}`)).status, 204);

  assert.equal((await here.call('GET', `/sessions/${other}`)).status, 404);
  assert.equal((await here.sendText(other, to, 'gone')).status, 404);
});

test('a number is linked, unlinked and linked anew by way of another node, by QR code and by pairing code', async () => {
  const created = await here.call('POST', '/sessions', { start: true });
  const { id } = v.parse(v.object({ id: v.string() }), created.body);
  await cluster.simulator.scanQr(await there.qr(id), '491700000004');
  await there.until(id, 'connected');

  assert.equal((await there.call('POST', `/sessions/${id}:logout`)).status, 200);
  assert.equal((await there.call('POST', `/sessions/${id}:start`)).status, 200);
  const answer = await eventually(async () => {
    const asked = await there.call('POST', `/sessions/${id}/pairing-code`, { phone: '491700000005' });
    assert.equal(asked.status, 200, JSON.stringify(asked.body));
    return asked;
  });
  const { code } = v.parse(v.object({ code: v.string() }), answer.body);
  await cluster.simulator.enterPairingCode(code, '491700000005');
  await there.until(id, 'connected');

  assert.equal((await there.sendText(id, to, 'linked over there')).status, 200);
});

test('a group is joined and looked up by way of another node', async () => {
  const invite = 'OpenInviteCode123456AB';
  const { jid } = cluster.simulator.addGroup({
    subject: 'Open',
    participants: [recipient],
    admins: [recipient],
    invite,
  });
  const unseen = cluster.simulator.addGroup({ subject: 'Unseen', participants: [recipient, own] });

  const joined = await there.call('POST', `/sessions/${session}/groups:join`, { invite });
  const members = await there.call('GET', `/sessions/${session}/groups/${unseen.jid}/members`);

  assert.deepEqual([joined.status, joined.body], [200, { groupJid: jid }]);
  assert.equal(members.status, 200, JSON.stringify(members.body));
});

test('a node that ends hands its sessions over, and no request notices', async () => {
  const { client, gateway: leaving } = await cluster.start('leaving');
  const moving = await client.linked(cluster.simulator, '491700000003');
  assert.equal(await nodeOf(there, moving), 'leaving');

  const closed = leaving.close();
  const answers = [];
  for (let sends = 0; sends < 10; sends += 1) answers.push(await there.sendText(moving, to, `moving ${sends}`));
  await closed;

  assert.deepEqual(
    answers.map(({ status }) => status),
    answers.map(() => 200),
  );
  assert.notEqual(await nodeOf(there, moving), 'leaving');
  for (let sends = 0; sends < 10; sends += 1) assert.equal(arrived(`moving ${sends}`), 1);
});
