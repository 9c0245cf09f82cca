import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { routes } from '../../src/http/routes/index.ts';
import type { Route } from '../../src/http/routing/route.ts';
import { Authenticator } from '../support/authenticator.ts';
import { eventually } from '../support/eventually.ts';
import { assertDocumented } from '../support/gateway/documented.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { dial } from '../support/gateway/inspector.ts';
import { contactBed, shared } from '../support/gateway/linked-bed.ts';

const metricsToken = 'whoever-reads-the-metrics';

/** The successes that were seen: the id of an operation, and a status. */
const seen = new Set<string>();

let skewMs = 0;
const { bed, client } = shared(
  await contactBed({ settings: { METRICS_TOKEN: metricsToken }, gateway: { now: () => Date.now() + skewMs } }),
);

const ChallengeSchema = v.looseObject({ publicKey: v.looseObject({ challenge: v.string(), rpId: v.string() }) });

interface Given {
  params?: Record<string, string>;
  query?: string;
  body?: object;
  token?: string;
}

/** Calls an operation, which must succeed as it is documented; yields the JSON of its answer. */
async function call(id: string, { params = {}, query = '', body, token = client.token }: Given = {}): Promise<unknown> {
  const route = routeOf(id);
  const path = route.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ''));
  const target = `${bed.gateway.url}${path}${query}`;
  if (route.statuses[0] === 101) return upgrade(route, target);
  const response = await fetch(target, {
    method: route.method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return read(route, target, response);
}

async function read(route: Route, target: string, response: Response): Promise<unknown> {
  const { status, headers } = response;
  const isJson = headers.get('content-type')?.startsWith('application/json') === true;
  const json: unknown = isJson ? await response.json() : undefined;
  await response.body?.cancel().catch(() => undefined);
  assert.ok(route.statuses.includes(status), `${route.id}: ${status} ${JSON.stringify(json)}`);
  assertDocumented({ method: route.method, target, status, header: (name) => headers.get(name), json });
  seen.add(`${route.id} ${status}`);
  return json;
}

async function upgrade(route: Route, target: string): Promise<void> {
  const { status, socket } = await dial(target.replace('http', 'ws'));
  socket.terminate();
  assert.equal(status, 101, route.id);
  assertDocumented({ method: 'GET', target, status, header: () => null });
  seen.add(`${route.id} 101`);
}

function routeOf(id: string): Route {
  const route = routes.find((one) => one.id === id);
  assert.ok(route !== undefined, id);
  return route;
}

const field = (json: unknown, name: string): string =>
  v.parse(v.record(v.string(), v.unknown()), json)[name]?.toString() ?? '';
const ticket = async (body: object) => `?ticket=${field(await call('createRealtimeTicket', { body }), 'ticket')}`;

test('a session is made, linked, looked at and changed', async () => {
  const session = field(await call('createSession', { body: { start: true } }), 'id');
  const params = { session };
  const code = await eventually(async () => field(await call('sessionQR', { params }), 'code'));
  await call('sessionPairingCode', { params, body: { phone: '491700000001' } });
  await bed.simulator.scanQr(code, '491700000001');
  await client.until(session, 'connected');
  await call('listSessions');
  await call('getSession', { params });
  await call('updateSession', { params, body: { label: 'all of it' } });
  await call('getSessionDefinition', { params });
  await call('inspectSession', { params, query: await ticket({ sessions: [session] }) });

  const sent = await call('sendMessage', { params, body: { to, type: 'text', text: 'hello' } });
  await call('editMessage', { params: { ...params, mid: field(sent, 'waMessageId') }, body: { chat: to, text: 'hi' } });
  await call('getOutboxEntry', { params: { ...params, outboxId: field(sent, 'outboxId') } });
  await call('listOutbox', { params });
  await call('lookUpContact', { params, query: `?phone=${recipient}` });

  bed.simulator.addGroup({ subject: 'Open', participants: [recipient], invite: 'OpenInviteCode123456AB' });
  const gid = field(await call('joinGroup', { params, body: { invite: 'OpenInviteCode123456AB' } }), 'groupJid');
  await call('getGroup', { params: { ...params, gid } });
  await call('listGroupMembers', { params: { ...params, gid } });

  await call('stopSession', { params });
  const queued = await call('sendMessage', { params, query: '?async=true', body: { to, type: 'text', text: 'later' } });
  await call('cancelOutboxEntry', { params: { ...params, outboxId: field(queued, 'outboxId') } });
  await call('startSession', { params });
  await client.until(session, 'connected');
  await call('logoutSession', { params });
  await call('deleteSession', { params });
});

test('a session is linked with a passkey, after a comparison of codes', async () => {
  const authenticator = new Authenticator();
  bed.simulator.setPasskey('491700000002', { credential: authenticator.credential });
  const session = field(await call('createSession', { body: { start: true } }), 'id');
  const params = { session };
  await bed.simulator.scanQr(await client.qr(session), '491700000002');
  const { publicKey } = await eventually(async () =>
    v.parse(ChallengeSchema, await call('sessionPasskey', { params })),
  );
  // The phone no longer recognizes the device whose code it accepted.
  skewMs += 300_000;
  await call('sessionPasskeyAssertion', { params, body: authenticator.assert(publicKey) });
  await eventually(() => call('sessionPasskeyConfirmation', { params }));
  await client.until(session, 'connected');
});

test('events, keys, metrics and the documentation are there', async () => {
  await call('streamEvents');
  await call('openRealtime', { query: await ticket({}) });
  const id = field(await call('createApiKey', { body: { name: 'spare', capabilities: ['read'] } }), 'id');
  await call('listApiKeys');
  await call('revokeApiKey', { params: { id } });
  await call('metrics', { token: metricsToken });
  for (const { id, capabilities, method, path } of routes) {
    const isPage = capabilities === null && method === 'GET' && id !== 'metrics' && !path.includes('{');
    if (isPage) await call(id);
  }
  const page = await (await fetch(`${bed.gateway.url}/console`)).text();
  const [, build = ''] = /href="console\/(\w+)\/style\.css"/.exec(page) ?? [];
  await call('getConsoleAsset', { params: { build, asset: 'style.css' } });
});

test('every documented operation has been seen to succeed, in each of its ways', () => {
  // A process that is not ready answers 503 to the probe, which is tested where one ends.
  const ways = routes.flatMap(({ id, statuses }) =>
    statuses.filter((status) => status < 400).map((status) => `${id} ${status}`),
  );

  assert.deepEqual(
    ways.filter((way) => !seen.has(way)),
    [],
  );
});
