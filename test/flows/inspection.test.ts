import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import * as v from 'valibot';
import { FrameSchema } from '../../src/actors/inspection/frame.ts';
import { eventually } from '../support/eventually.ts';
import type { Client } from '../support/gateway/client.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { coursesIn, dial, inspectAddress, receive } from '../support/gateway/inspector.ts';
import { contactBed, shared } from '../support/gateway/linked-bed.ts';

const phone = '491700000001';

const { bed, client } = shared(
  await contactBed({ settings: { LOG_LEVEL: 'trace' }, contact: { devices: 1, name: 'canary-of-a-name' } }),
);

test("the Stately inspector's receiver reads a whole life of a session, and nothing personal is in it", async () => {
  const { id } = await client.created();
  const frames = receive(await inspectAddress(bed.gateway.url, client, id));
  const seen = (state: RegExp) => eventually(() => assert.ok(coursesIn(frames).some((value) => state.test(value))));
  await seen(/"lifecycle":"stopped"/);

  await client.call('POST', `/sessions/${id}:start`);
  const qr = await client.qr(id);
  await seen(/"pairing"/);
  await bed.simulator.scanQr(qr, phone);
  await seen(/"connected"/);
  await client.call('PATCH', `/sessions/${id}`, { rateBurst: 1, ratePerMin: 60 });
  await client.sendText(id, to, 'canary-of-a-text');
  await seen(/"sending"/);
  await seen(/"rateLimited"/);
  bed.simulator.disconnect(phone, { streamError: 503 });
  await seen(/"backingOff"/);
  await client.until(id, 'connected');
  await client.call('POST', `/sessions/${id}:stop`);
  await seen(/"draining"/);
  await eventually(() => assert.match(coursesIn(frames).at(-1) ?? '', /"stopped"/));

  const whole = JSON.stringify(frames);
  const secrets = [
    'canary',
    phone,
    recipient,
    's.whatsapp.net',
    client.token,
    ...qr.split(',').filter((one) => one.length > 8),
  ];
  for (const secret of secrets) assert.ok(!whole.includes(secret), secret);
  assert.deepEqual(
    new Set(frames.map(({ type }) => type)),
    new Set(['@xstate.actor', '@xstate.event', '@xstate.snapshot']),
  );
  assert.ok(frames.every(({ rootId }) => rootId?.startsWith(`${id}/`)));
  assert.ok(frames.some((frame) => 'event' in frame && frame.event.type === 'socket.acknowledged'));
  for (const frame of frames) assert.deepEqual(frame, v.parse(FrameSchema, frame));
});

test('whoever comes later begins with the actors that there are and the state that they are in', async () => {
  const id = await client.linked(bed.simulator, '491700000002');

  const frames = receive(await inspectAddress(bed.gateway.url, client, id));

  await eventually(() => assert.ok(frames.length >= 3));
  const names = frames.slice(0, 3).map((frame) => ('name' in frame ? frame.name : ''));
  assert.deepEqual(names, [id, 'socket', 'recorder']);
  assert.match(coursesIn(frames)[0] ?? '', /"online":"connected"/);
});

test('only who may manage the session can watch it, by key or by ticket', async () => {
  const { id } = await client.created();
  const address = `${bed.gateway.url.replace('http', 'ws')}/api/v1/sessions/${id}/inspect`;
  const reader = await bed.client({ capabilities: ['read'] });
  const stranger = await bed.client({ organization: 'globex' });
  const status = async (at: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { status, socket } = await dial(at, headers);
    socket.terminate();
    return status;
  };
  const withTicket = (whose: Client, filters = {}) => inspectAddress(bed.gateway.url, whose, id, filters);

  assert.equal(await status(address, client.token), 101);
  assert.equal(await status(address), 401);
  assert.equal(await status(`${address}?ticket=wrong`, client.token), 401);
  assert.equal(await status(address, reader.token), 403);
  assert.equal(await status(await withTicket(reader)), 403);
  assert.equal(await status(address, stranger.token), 404);
  assert.equal(await status(await withTicket(stranger)), 404);
  assert.equal(await status(await withTicket(client, { sessions: ['01M833PJWM02QDH80TB2NT7P4C'] })), 404);
  const used = await withTicket(client, { sessions: [id] });
  assert.equal(await status(used), 101);
  assert.equal(await status(used), 401);
});

test('a key that may only manage gets a ticket to watch with, which opens no events', async () => {
  const { id } = await client.created();
  const manager = await bed.client({ capabilities: ['manage'] });
  const address = await inspectAddress(bed.gateway.url, manager, id);
  const events = address.replace(`sessions/${id}/inspect`, 'realtime');

  assert.equal((await dial(events)).status, 403);
  const { status, socket } = await dial(await inspectAddress(bed.gateway.url, manager, id));
  socket.terminate();
  assert.equal(status, 101);
});

test('a watch ends with its session, so that whoever watches looks again', async () => {
  const { id } = await client.created();
  const { socket } = await dial(await inspectAddress(bed.gateway.url, client, id));
  const closed = once(socket, 'close');

  await client.call('DELETE', `/sessions/${id}`);

  assert.equal((await closed)[0], 1001);
});

test('the machine is told as JSON, as a picture and as a diagram, with the states that an inspector sees', async () => {
  const { id } = await client.created();
  const path = `/sessions/${id}/inspect/definition`;
  const as = async (accept: string) => {
    const headers = { authorization: `Bearer ${client.token}`, accept };
    const response = await fetch(`${bed.gateway.url}/api/v1${path}`, { headers });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };

  const json = await client.call('GET', path);
  const svg = await as('image/svg+xml');
  const mermaid = await as('text/vnd.mermaid');

  assert.match(JSON.stringify(json.body), /"rateLimited":\{.*"after":\{"limit":"connected"\}/);
  assert.match(svg.type ?? '', /^image\/svg\+xml/);
  for (const state of ['lifecycle.online.connecting.backingOff', 'lifecycle.online.rateLimited', 'delivery.sending']) {
    assert.match(svg.text, new RegExp(`<g id="${state}" class="(node|cluster) state"`));
  }
  assert.match(mermaid.text, /^stateDiagram-v2\n/);
  assert.match(
    mermaid.text,
    /lifecycle_online_rateLimited --> lifecycle_online_connected : settings\.changed, after limit/,
  );
});
