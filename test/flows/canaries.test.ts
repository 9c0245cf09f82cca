import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { StatelyInspectionEvent } from '@statelyai/inspect';
import * as v from 'valibot';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { startWorld, type World } from '../faults/support/world.ts';
import { eventually } from '../support/eventually.ts';
import { Client } from '../support/gateway/client.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import type { GatewayProcess } from '../support/gateway/gateway-process.ts';
import { inspectAddress, receive } from '../support/gateway/inspector.ts';
import { Issuer, signed, signingKey, validClaims } from '../support/gateway/issuer.ts';

const phone = '491700000001';
const friendPhone = '15550000009';
const friendJid = `${friendPhone}@s.whatsapp.net`;

/** What must not be found anywhere but where its owner asks for it. To plant another one, send `canary(…)`. */
const canaries = new Set([phone, friendPhone, recipient, '15550000008']);

function canary(of: string): string {
  const text = `canary-of-${of.replaceAll(' ', '-')}`;
  canaries.add(text);
  return text;
}

let issuer: Issuer;
let world: World;
let gateway: GatewayProcess;
let session: string;
/** Everything that the gateway has answered where nobody owned what was asked for, and what it told other organizations. */
const answers: string[] = [];
/** Everything that an inspector of the owner's has seen. */
const inspected: StatelyInspectionEvent[][] = [];

before(async () => {
  silenceConsole();
  issuer = await Issuer.start();
  world = await startWorld({ LOG_LEVEL: 'trace', JWKS_URL: issuer.url.href }, { fewPreKeys: false });
  gateway = await world.start();
  const stranger = await world.directory.newKey('globex', ['read', 'send', 'manage']);
  const headers = { authorization: `Bearer ${stranger}` };
  const { body } = await fetch(`${world.url}/api/v1/events`, { headers });
  // It ends with the gateway that is killed.
  const read = async () => {
    for await (const chunk of body ?? []) answers.push(Buffer.from(chunk).toString());
  };
  read().catch(() => answers.push('the stream has ended'));
});

after(async () => {
  await world[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

/** Asks for something that must fail, and keeps the answer. */
async function fail(path: string, init: RequestInit & { token?: string } = {}): Promise<void> {
  const { token = world.client.token, ...rest } = init;
  const response = await fetch(`${world.url}/api/v1${path}`, {
    ...rest,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...rest.headers },
  });
  assert.ok(response.status >= 400, `${path} ${response.status}`);
  answers.push(`${JSON.stringify([...response.headers])}${await response.text()}`);
}

test('every kind of message is sent and received, by numbers and names of people', async () => {
  const { client, simulator } = world;
  const friend = simulator.addContact({ phone: friendPhone, name: canary('a push name') });
  const created = await client.call('POST', '/sessions', { label: canary('a label'), start: true });
  session = v.parse(v.looseObject({ id: v.string() }), created.body).id;
  inspected.push(receive(await inspectAddress(world.url, client, session)));
  const qr = await client.qr(session);
  for (const part of qr.split(',')) if (part.length >= 40) canaries.add(part);
  await simulator.scanQr(qr, phone);
  await client.until(session, 'connected');
  const group = simulator.addGroup({
    subject: canary('a subject'),
    description: canary('a description'),
    participants: [friendPhone, phone],
  });
  const path = `/sessions/${session}/messages`;
  const send = (body: object, key = '') =>
    client.call('POST', path, { to: friendJid, ...body }, key === '' ? {} : { 'idempotency-key': key });
  await client.call('PATCH', `/sessions/${session}`, { rateBurst: 100 });

  const incoming = await friend.sendText(phone, canary('what came in'));
  const sent = await Promise.all([
    send({ type: 'text', text: canary('a text') }, canary('an idempotency key')),
    send({ type: 'poll', name: canary('a question'), options: [canary('an option'), 'no'] }),
    send({ type: 'location', latitude: 48.20817, longitude: 16.37382, name: canary('a place') }),
    send({ type: 'contact', contact: { name: canary('a card'), phone: '15550000008' } }),
    send({ type: 'text', to: group.jid, text: canary('a group text') }),
    send({ type: 'contact', contact: { vcard: `BEGIN:VCARD\nVERSION:3.0\nFN:${canary('a vcard')}\nEND:VCARD` } }),
  ]);
  assert.deepEqual(
    sent.map(({ status }) => status),
    [200, 200, 200, 200, 200, 200],
  );
  const poll = v.parse(v.looseObject({ waMessageId: v.string() }), sent[1].body).waMessageId;
  await friend.vote(poll, [canary('an option')]);
  friend.failDecryption({ device: 1, times: 1 });
  assert.equal((await send({ type: 'text', text: canary('a text that is asked for again') })).status, 200);
  simulator.disconnect(phone, { streamError: 503 });
  await client.until(session, 'connecting');
  await client.until(session, 'connected');
  await eventually(async () => assert.equal((await send({ type: 'text', text: 'x', replyTo: incoming })).status, 200));
  canaries.add('48.20817');
});

test('a number is linked by a code', async () => {
  const { client } = world;
  const { body } = await client.call('POST', '/sessions', {});
  const { id } = v.parse(v.looseObject({ id: v.string() }), body);
  inspected.push(receive(await inspectAddress(world.url, client, id)));
  const own = '491700000077';
  canaries.add(own);
  const code = await eventually(async () => {
    const answer = await client.call('POST', `/sessions/${id}/pairing-code`, { phone: own });
    return v.parse(v.looseObject({ code: v.string() }), answer.body).code;
  });
  canaries.add(code).add(code.replace('-', ''));
  await world.simulator.enterPairingCode(code, own);
  await client.until(id, 'connected');
});

test('what goes wrong is told without what it was about', async () => {
  const { client, simulator } = world;
  const path = `/sessions/${session}/messages`;
  const post = (body: string, headers: Record<string, string> = {}) =>
    fail(path, { method: 'POST', body, headers: { 'x-canary': canary('a header'), ...headers } });
  await post(JSON.stringify({ to: friendJid, type: 'text', text: 5, surprise: canary('a value') }));
  await post(`{"to":"${canary('broken JSON')}`);
  await post(JSON.stringify({ to: canary('a recipient'), type: canary('a type') }));
  await post(JSON.stringify({ to, type: 'text', text: 'x' }), {
    'idempotency-key': `${canary('a bad key')} with a space`,
  });
  simulator.faults.add({ kind: 'error-ack', to: friendPhone, code: 479, times: 1 });
  await post(JSON.stringify({ to: friendJid, type: 'text', text: canary('a refused text') }));
  await client.call('POST', `/sessions/${session}:stop`);
  await client.call('POST', `${path}?async=true`, { to: friendJid, type: 'text', text: canary('a queued text') });
  await post(JSON.stringify({ to: friendJid, type: 'text', text: canary('an offline text') }));
  await fail(`/sessions/${canary('a session')}`);
  await fail(`/${canary('a path')}?${canary('a query')}=${canary('a parameter')}`);
});

test('credentials are told by their ids, whether they are good or not', async () => {
  const { client } = world;
  canaries.add(client.token.slice(30));
  const made = await client.call('POST', '/api-keys', { name: canary('a name of a key'), capabilities: ['read'] });
  canaries.add(v.parse(v.looseObject({ key: v.string() }), made.body).key.slice(30));
  const login = new Client(() => world.url, await issuer.token({ sub: `${canary('a person')}@example.com` }));
  canaries.add(login.token.slice(-40));
  assert.equal((await login.call('GET', '/sessions')).status, 200);
  const ticket = await client.call('POST', '/realtime/ticket', {});
  canaries.add(v.parse(v.looseObject({ ticket: v.string() }), ticket.body).ticket);
  const forged = await signed(
    { alg: 'ES256', kid: canary('a key id') },
    { ...validClaims(), sub: canary('nobody') },
    await signingKey('x'),
  );
  canaries.add(forged.slice(-40));
  for (const token of [canary('a token'), `wa_${canary('a wrong key')}`, forged]) await fail('/sessions', { token });
  await fail(`/realtime?ticket=${canary('a ticket')}`);
});

test('it is killed, started again and drained with all of that in its store', async () => {
  await gateway.end('SIGKILL');
  const killed = gateway.output();
  gateway = await world.start();
  await world.client.call('POST', `/sessions/${session}:start`);
  await world.client.until(session, 'connected');
  await eventually(() => assert.match(gateway.output(), /"status":"connected"/));
  await gateway.end('SIGTERM');
  answers.push(killed);
});

test('no canary is in the log, in an answer to somebody else, in an inspected frame, or in the files of the store', async () => {
  const names = (await readdir(world.directory.path)).filter((name) => name.startsWith('troupe.db'));
  const files = await Promise.all(names.map((name) => readFile(join(world.directory.path, name), 'latin1')));
  const frames = JSON.stringify(inspected);
  const places = { log: gateway.output(), answers: answers.join('\n'), store: files.join(''), frames };

  assert.ok(answers.includes('the stream has ended'));
  assert.ok(canaries.size > 35, String(canaries.size));
  for (const [place, content] of Object.entries(places)) {
    assert.ok(content.length > 1_000, place);
    for (const secret of canaries) assert.ok(!content.includes(secret), `${place} holds ${JSON.stringify(secret)}`);
  }
});
