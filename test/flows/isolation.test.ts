import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { newApiKeyId, newOutboxId, newSessionId, newWaMessageId } from '../../src/domain/ids.ts';
import { type Capability, capabilities } from '../../src/domain/principal.ts';
import { routes } from '../../src/http/routes/index.ts';
import type { Route } from '../../src/http/routing/route.ts';
import { Authenticator } from '../support/authenticator.ts';
import type { Client } from '../support/gateway/client.ts';
import { assertDocumented } from '../support/gateway/documented.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { contactBed, shared } from '../support/gateway/linked-bed.ts';

/** A body that each route takes, where it needs one. */
const bodies: Record<string, object> = {
  createSession: {},
  updateSession: { label: 'mine' },
  sessionPairingCode: { phone: '15551230000' },
  sessionPasskeyAssertion: new Authenticator().assert({ challenge: 'ofNoSession', rpId: 'whatsapp.com' }),
  sendMessage: { to, type: 'text', text: 'hello' },
  editMessage: { chat: to, text: 'hello again' },
  joinGroup: { invite: 'ChoirInvite1234567890A' },
  createRealtimeTicket: {},
  createApiKey: { name: 'mine', capabilities: ['manage'] },
};

/** What the parameters of a path stand for. */
type Ids = Record<'session' | 'outboxId' | 'mid' | 'gid' | 'id', string>;

const paramsOf = ({ path }: Route) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => v.parse(v.string(), name));
const withParams = routes.filter((route) => route.capabilities !== null && paramsOf(route).length > 0);
const asking = routes.flatMap((route) =>
  route.capabilities === null || route.credential === 'ticket' ? [] : [{ ...route, needs: route.capabilities }],
);

/** Ids of nothing. */
function madeUp(): Ids {
  const gid = `${Date.now()}${Math.floor(Math.random() * 1e5)}@g.us`;
  return { session: newSessionId(), outboxId: newOutboxId(), mid: newWaMessageId(), gid, id: newApiKeyId() };
}

const KeysSchema = v.looseObject({
  data: v.array(v.looseObject({ id: v.string(), revokedAt: v.nullable(v.number()) })),
});

const { bed, client: acme } = shared(await contactBed());
const own = await everythingOf(acme, '15551230001');
const foreign = await everythingOf(await bed.client({ organization: 'globex' }), '15551230002');

/** One of everything that an organization can have; gives their ids. */
async function everythingOf(client: Client, phone: string): Promise<Ids> {
  const session = await client.linked(bed.simulator, phone);
  const group = bed.simulator.addGroup({ subject: 'Choir', participants: [recipient, phone] });
  const sent = await client.call('POST', `/sessions/${session}/messages`, {
    to: group.jid,
    type: 'text',
    text: 'hello',
  });
  const { outboxId, waMessageId } = v.parse(
    v.looseObject({ outboxId: v.string(), waMessageId: v.string() }),
    sent.body,
  );
  const made = await client.call('POST', '/api-keys', { name: 'spare', capabilities: ['read'] });
  const { id } = v.parse(v.looseObject({ id: v.string() }), made.body);
  return { session, outboxId, mid: waMessageId, gid: group.jid, id };
}

/** The whole answer but for what differs from request to request. */
async function ask(route: Route, ids: Partial<Ids>, token: string): Promise<{ status: number; rest: string }> {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(Object.entries(ids).find(([key]) => key === name)?.[1] ?? ''),
  );
  const body = bodies[route.id];
  const response = await fetch(`${bed.gateway.url}${path}`, {
    method: route.method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const headers = [...response.headers].filter(([name]) => !/^(?:date|x-request-id|x-trace-id)$/.test(name));
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  if (isStream) await response.body?.cancel();
  const text = isStream ? '' : await response.text();
  const { method } = route;
  const { status } = response;
  const json: unknown = text === '' ? undefined : JSON.parse(text);
  assertDocumented({ method, target: path, status, header: (name) => response.headers.get(name), json });
  return { status, rest: JSON.stringify([headers, text]) };
}

test('the bodies are those of the routes that need one', () => {
  const reading = routes.filter(({ reads }) => reads.body.type !== 'undefined').map(({ id }) => id);

  assert.deepEqual(new Set(Object.keys(bodies)), new Set(reading));
});

for (const route of withParams) {
  test(`${route.id}: whatever is another organization's is answered like what does not exist`, async () => {
    const theirs = await ask(route, foreign, acme.token);
    const none = await ask(route, madeUp(), acme.token);

    assert.equal(theirs.status, 404);
    assert.deepEqual(theirs, none);
  });
}

for (const route of withParams.filter((one) => paramsOf(one).length > 1)) {
  test(`${route.id}: what is another organization's is not found below a session of one's own either`, async () => {
    const { session } = own;

    const theirs = await ask(route, { ...foreign, session }, acme.token);
    const none = await ask(route, { ...madeUp(), session }, acme.token);

    assert.equal(theirs.status, 404);
    assert.deepEqual(theirs, none);
  });
}

test('nothing of the other organization was changed by all that', async () => {
  const globex = await bed.client({ organization: 'globex' });

  assert.equal((await globex.session(foreign.session)).status, 'connected');
  assert.equal((await globex.outbox(foreign.session, foreign.outboxId)).attempts, 1);
  const { body } = await globex.call('GET', '/api-keys');
  const { data } = v.parse(KeysSchema, body);
  assert.equal(data.find(({ id }) => id === foreign.id)?.revokedAt, null);
});

/** All sets of capabilities but the empty one, which no credential has. */
const subsets: Capability[][] = Array.from({ length: 7 }, (_, bits) =>
  capabilities.filter((_, index) => ((bits + 1) >> index) % 2 === 1),
);

for (const granted of subsets) {
  test(`a key that may ${granted.join(' and ')} is let in where one of them is needed, and nowhere else`, async () => {
    const { token } = await bed.client({ capabilities: granted });

    for (const route of asking) {
      const { status } = await ask(route, madeUp(), token);
      const isLetIn = route.needs.some((capability) => granted.includes(capability));
      const expected = paramsOf(route).length > 0 ? 404 : route.statuses[0];
      assert.equal(status, isLetIn ? expected : 403, route.id);
    }
  });
}

test('without a credential nobody is let in anywhere', async () => {
  for (const route of asking) assert.equal((await ask(route, own, 'wa_nobody')).status, 401, route.id);
});
