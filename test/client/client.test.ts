import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type Message, Troupe } from '../../client/client.ts';
import type { Event } from '../../client/connection.ts';
import { TroupeError } from '../../client/errors.ts';
import { eventually } from '../support/eventually.ts';
import type { Client } from '../support/gateway/client.ts';
import { startTestBed, type TestBed } from '../support/gateway/gateway.ts';

const run = promisify(execFile);
const phone = '6281234567890';
const to = `${phone}@s.whatsapp.net`;
const retry = { attempts: 5, withinMs: 20_000 };

let bed: TestBed;
let caller: Client;
let session: string;
let troupe: Troupe;

before(async () => {
  bed = await startTestBed();
  bed.simulator.addContact({ phone, devices: 1 });
  caller = await bed.client();
  session = await caller.linked(bed.simulator, '491700000001');
  troupe = new Troupe({ url: bed.gateway.url, key: caller.token, retry });
});

afterEach(() => bed.simulator.faults.clear());

after(() => bed[Symbol.asyncDispose]());

const text = (words: string): Message => ({ to, type: 'text', text: words });

/** How often a text has arrived. */
const arrived = (words: string) => bed.simulator.ledger.deliveries({ to: phone }).filter((each) => each.text === words);

/** The statuses of a send, up to one of them. */
async function statusesUntil(events: AsyncIterable<Event>, outboxId: string, last: string): Promise<string[]> {
  const statuses: string[] = [];
  for await (const { event, payload } of events) {
    if (event !== 'message.status' || payload.outboxId !== outboxId) continue;
    statuses.push(payload.status);
    if (payload.status === last) break;
  }
  return statuses;
}

test('a message is sent, and its events follow', async () => {
  const events = await troupe.follow({ events: ['message.status'] });

  const { outboxId, status } = await troupe.send(session, text('hello'));

  assert.equal(status, 'sent');
  assert.deepEqual(await statusesUntil(events, outboxId, 'read'), ['sending', 'sent', 'delivered', 'read']);
});

test('a send whose response is lost is repeated, and sent once', async () => {
  let lost = 0;
  const losing = async (...asked: Parameters<typeof fetch>): Promise<Response> => {
    const response = await fetch(...asked);
    if (lost > 0) return response;
    lost += 1;
    await response.arrayBuffer();
    throw new TypeError('the connection was reset');
  };
  const unlucky = new Troupe({ url: bed.gateway.url, key: caller.token, retry, fetch: losing });

  const { replayed } = await unlucky.send(session, text('asked twice'));

  assert.equal(lost, 1);
  assert.equal(replayed, true);
  assert.equal(arrived('asked twice').length, 1);
});

test('a send over the rate limit is retried after Retry-After', async () => {
  await caller.call('PATCH', `/sessions/${session}`, { rateBurst: 1, ratePerMin: 60 });

  await troupe.send(session, text('the first'));
  const began = performance.now();
  await troupe.send(session, text('the second'));

  assert(performance.now() - began > 500);
  await caller.call('PATCH', `/sessions/${session}`, { rateBurst: 1_000, ratePerMin: 1_000 });
  await caller.until(session, 'connected');
});

test('an error that a retry cannot help is thrown at once, with its code and details', async () => {
  bed.simulator.faults.add({ kind: 'error-ack', code: 463 });

  const refused = troupe.send(session, text('unwanted'));

  await assert.rejects(refused, (error) => {
    assert(error instanceof TroupeError);
    assert.deepEqual([error.status, error.code, error.details['whatsappCode']], [502, 'upstream_error', '463']);
    assert.match(error.requestId ?? '', /^[0-9A-Z]{26}$/);
    return true;
  });
  const stranger = new Troupe({ url: bed.gateway.url, key: 'wa_none', retry });
  await assert.rejects(stranger.send(session, text('not mine')), { status: 401, code: 'unauthorized' });
  await assert.rejects(stranger.follow(), { status: 401, code: 'unauthorized' });
});

test('attempts are bounded', async () => {
  let asked = 0;
  const away = async (): Promise<Response> => {
    asked += 1;
    throw new TypeError('nobody listens');
  };
  const alone = new Troupe({
    url: bed.gateway.url,
    key: 'k',
    retry: { attempts: 3, withinMs: 60_000 },
    fetch: away,
  });

  await assert.rejects(alone.send(session, text('to nobody')), /nobody listens/);
  assert.equal(asked, 3);
});

test('a broken stream resumes after its last event, and none is missed', async () => {
  const breaking = new AbortController();
  let opened = 0;
  const fragile = async (...[target, init = {}]: Parameters<typeof fetch>): Promise<Response> => {
    opened += 1;
    const { signal } = init;
    if (opened > 1 || signal === null || signal === undefined) return fetch(target, init);
    return fetch(target, { ...init, signal: AbortSignal.any([signal, breaking.signal]) });
  };
  const reader = new Troupe({ url: bed.gateway.url, key: caller.token, retry, fetch: fragile });
  const events = await reader.follow({ events: ['message.status'] });
  await troupe.send(session, text('before'));
  await events.next();

  breaking.abort();
  const { outboxId } = await troupe.send(session, text('meanwhile'));

  assert.deepEqual(await statusesUntil(events, outboxId, 'sent'), ['sending', 'sent']);
  assert.equal(opened, 2);
});

test('a stream ends when its signal aborts', async () => {
  const ending = new AbortController();
  const events = await troupe.follow({ signal: ending.signal });
  const next = events.next();

  ending.abort();

  assert.deepEqual(await next, { value: undefined, done: true });
});

test('the example sends, sees the message delivered and exits with 0; with a wrong key it reports that and exits with 1', async () => {
  const example = join(import.meta.dirname, '../../client/example.ts');
  const env = { ...process.env, KEY: caller.token, SESSION: `${bed.gateway.url}/api/v1/sessions/${session}` };

  const { stdout } = await run(process.execPath, [example, to], { env });

  assert.match(stdout, /^sent: \w+ is "sent"/m);
  assert.match(stdout, /event: "sent"\n(?:.*\n)*event: "delivered"\nverified: "(?:delivered|read)" in the outbox/);
  await eventually(() => assert.equal(arrived('Hello from the typed client!').length, 1));
  await assert.rejects(run(process.execPath, [example, to], { env: { ...env, KEY: 'wa_none' } }), { code: 1 });
  await assert.rejects(run(process.execPath, [example], { env }), { code: 1 });
});

test('calls outside the API do not compile', async () => {
  const { api } = troupe;
  const path = { session };

  // @ts-expect-error a poll has options
  const poll: Message = { to, type: 'poll', name: 'Lunch?' };
  // @ts-expect-error media cannot be sent
  const media: Message = { to, type: 'image' };
  // @ts-expect-error no such path
  const nowhere = () => api.GET('/api/v1/nowhere');
  // @ts-expect-error the session is missing
  const nobody = () => api.GET('/api/v1/sessions/{session}');
  // @ts-expect-error no such status
  const unknown = async () => (await api.GET('/api/v1/sessions/{session}', { params: { path } })).data?.status === 'on';

  assert.deepEqual([poll.type, media, nowhere, nobody, unknown].length, 5);
  const { data } = await api.GET('/api/v1/sessions/{session}', { params: { path } });
  assert.equal(data?.status, 'connected');
});
