import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as v from 'valibot';
import type { FaultRule } from '../../simulator/faults/rule.ts';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { startTestBed, type TestBed } from '../support/gateway/gateway.ts';

/** How often each end is brought about; a long run sets more. */
const repeats = Number(process.env['REPEATS'] ?? 2);

const second = 1_000;
const minute = 60 * second;

/** A way in which WhatsApp ends a connection, and what follows. */
interface Case {
  name: string;
  /** Brings the end about: as a rule for the next login, or on the connection that is open. */
  rule?: FaultRule;
  disconnect?: Parameters<TestBed['simulator']['disconnect']>[1];
  status: string;
  reason: string;
  /** How much later the next attempt is due, at least and at most; null: never by itself. */
  due: [number, number] | null;
}

const atOnce: Case['due'] = [0, 0];
const soon: Case['due'] = [0, second];

type Refusal = Extract<FaultRule, { kind: 'login-failure' }>;

function refusedWith(code: Refusal['code'], expected: Omit<Case, 'name'>, expire?: number): Case {
  const rule: Refusal = { kind: 'login-failure', code, times: 1, ...(expire !== undefined && { expire }) };
  return { name: `login refused with ${code}`, ...expected, rule };
}

const loggedOut = (reason: string) => ({ status: 'logged_out', reason, due: null });
const failed = (reason: string, due: Case['due']) => ({ status: 'failed', reason, due });
const lost = (reason: string, due: Case['due'] = soon) => ({ status: 'connecting', reason, due });

const groups: Record<string, Case[]> = {
  'logins that are refused for good': [
    refusedWith(401, loggedOut('logged_out')),
    refusedWith(403, loggedOut('locked')),
    refusedWith(406, loggedOut('banned')),
  ],
  'logins that are refused for now': [
    refusedWith(402, failed('temporarily_banned', [2 * 60 * minute, 2 * 60 * minute]), 7_200),
    refusedWith(402, failed('temporarily_banned', [60 * minute, 60 * minute])),
    refusedWith(411, failed('multi_device_mismatch', null)),
    refusedWith(500, lost('server_error')),
    refusedWith(503, lost('service_unavailable')),
  ],
  'ends of an open connection': [
    { name: 'stream error 401', disconnect: { streamError: 401 }, ...loggedOut('logged_out') },
    { name: 'stream error 440', disconnect: { streamError: 440 }, ...failed('replaced', [30 * second, 30 * second]) },
    { name: 'stream error 500', disconnect: { streamError: 500 }, ...lost('server_error') },
    { name: 'stream error 503', disconnect: { streamError: 503 }, ...lost('service_unavailable') },
    { name: 'stream error 515', disconnect: { streamError: 515 }, ...lost('restart_required', atOnce) },
    { name: 'a reset', disconnect: 'reset', ...lost('connection_closed') },
    { name: 'a close', disconnect: 'close', ...lost('connection_closed') },
  ],
  'what concerns every session of the gateway': [
    refusedWith(405, failed('client_outdated', [10 * minute, 10 * minute])),
    refusedWith(409, failed('client_outdated', [10 * minute, 10 * minute])),
    { name: 'HTTP 502', rule: { kind: 'upgrade-error', status: 502, times: 1 }, ...lost('connect_failed') },
  ],
};

const StatusSchema = v.looseObject({
  session: v.string(),
  timestamp: v.number(),
  payload: v.looseObject({
    status: v.string(),
    reason: v.nullable(v.string()),
    since: v.number(),
    nextAttemptAt: v.nullable(v.number()),
  }),
});

class Watcher {
  readonly #stream: SseClient;

  constructor(stream: SseClient) {
    this.#stream = stream;
  }

  /** How many events have come. */
  get count(): number {
    return this.#stream.events.length;
  }

  /** The first status of a session with that reason, behind the first `from` events. */
  next(from: number, session: string, reason: string) {
    return eventually(() => {
      const events = this.#stream.events.slice(from).map(({ data }) => v.parse(StatusSchema, JSON.parse(data ?? '')));
      const found = events.find((each) => each.session === session && each.payload.reason === reason && isFinal(each));
      assert.ok(found !== undefined, `no status with the reason ${reason}`);
      return found;
    });
  }
}

/** On its way to rest a session is `draining` with the same reason. */
function isFinal({ payload }: v.InferOutput<typeof StatusSchema>): boolean {
  return payload.status !== 'draining';
}

/** The session is connected, linked anew if it has to be. */
async function connected({ bed, client, session, phone }: Stage): Promise<void> {
  const { status } = await client.session(session);
  if (status === 'logged_out') await bed.simulator.scanQr(await client.qr(session), phone);
  else await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');
}

/** Ends the session's connection as the case says. */
async function endAs({ bed, client, session, phone }: Stage, { rule, disconnect }: Case): Promise<void> {
  if (disconnect !== undefined) bed.simulator.disconnect(phone, disconnect);
  if (rule === undefined) return;
  await client.call('POST', `/sessions/${session}:stop`);
  bed.simulator.faults.add(rule);
  await client.call('POST', `/sessions/${session}:start`);
}

/** What was told may have been noted a little earlier, before it was stored. */
const slackMs = 2_000;

function checkDue(name: string, due: Case['due'], dueMs: number | null): void {
  if (due === null || dueMs === null) assert.equal(dueMs, due, name);
  else assert.ok(due[0] - slackMs <= dueMs && dueMs <= due[1], `${name}: due after ${dueMs} ms`);
}

async function check(on: Stage, one: Case): Promise<void> {
  await connected(on);
  const from = on.watcher.count;
  await endAs(on, one);
  const { payload, timestamp } = await on.watcher.next(from, on.session, one.reason);

  assert.equal(payload.status, one.status, one.name);
  checkDue(one.name, one.due, payload.nextAttemptAt === null ? null : payload.nextAttemptAt - timestamp);
  if (one.status !== 'connecting') await checkShown(on, payload);
  await on.client.call('POST', `/sessions/${on.session}:stop`);
}

/** What the session shows is what was told. */
async function checkShown({ client, session }: Stage, told: Record<string, unknown>): Promise<void> {
  const shown = await client.session(session);
  assert.deepEqual(
    [shown.status, shown.reason, shown['statusSince'], shown['nextAttemptAt']],
    [told['status'], told['reason'], told['since'], told['nextAttemptAt']],
  );
  if (shown.status === 'logged_out') assert.equal(shown['phoneNumber'], null);
}

/** A gateway with a linked session, and who listens to it. */
async function stage() {
  await using resources = new AsyncDisposableStack();
  const bed = resources.use(await startTestBed());
  const client = await bed.client();
  const authorization = `Bearer ${client.token}`;
  const stream = resources.use(
    await SseClient.open(`${bed.gateway.url}/api/v1/events?event=session.status`, { authorization }),
  );
  const phone = '491700000001';
  const session = await client.linked(bed.simulator, phone);
  const owned = resources.move();
  const close = () => owned.disposeAsync();
  return { bed, client, phone, session, watcher: new Watcher(stream), [Symbol.asyncDispose]: close };
}

type Stage = Awaited<ReturnType<typeof stage>>;

describe('after each end of a connection the session is as the table says', { concurrency: true }, () => {
  for (const [name, cases] of Object.entries(groups)) {
    test(`${name}, ${repeats} times each`, async () => {
      await using on = await stage();
      for (const one of cases) for (let time = 0; time < repeats; time += 1) await check(on, one);
    });
  }
});

test('what is queued survives a logout by WhatsApp, and goes out when the same number is linked again', async () => {
  await using on = await stage();
  const { bed, client, session, phone } = on;
  const contact = bed.simulator.addContact({ phone: recipient });
  await client.call('POST', `/sessions/${session}:stop`);
  const queued = await client.call('POST', `/sessions/${session}/messages?async=true`, {
    to,
    type: 'text',
    text: 'kept',
  });
  const { outboxId } = v.parse(v.looseObject({ outboxId: v.string() }), queued.body);
  bed.simulator.faults.add({ kind: 'login-failure', code: 403, account: phone, times: 1 });

  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'logged_out');
  assert.equal((await client.outbox(session, outboxId)).status, 'queued');
  await connected(on);

  assert.equal((await bed.simulator.ledger.waitForDelivery({ to: contact.phone })).text, 'kept');
});

test('while a number is banned async sends are queued, and synchronous ones are told until when', async () => {
  await using on = await stage();
  const { bed, client, session, phone } = on;
  await client.call('POST', `/sessions/${session}:stop`);
  bed.simulator.faults.add({ kind: 'login-failure', code: 402, expire: 3_600, account: phone, times: 1 });
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'failed');

  const refused = await client.sendText(session, to, 'not now');
  const queued = await client.call('POST', `/sessions/${session}/messages?async=true`, {
    to,
    type: 'text',
    text: 'later',
  });

  assert.deepEqual([refused.status, queued.status], [503, 202]);
  const retryAfter = Number(refused.headers.get('retry-after'));
  assert.ok(retryAfter > 3_500 && retryAfter <= 3_600, `Retry-After: ${retryAfter}`);
});

test('a ban holds over a restart of the gateway', async () => {
  await using on = await stage();
  const { bed, client, session, phone } = on;
  await client.call('POST', `/sessions/${session}:stop`);
  bed.simulator.faults.add({ kind: 'login-failure', code: 402, expire: 3_600, account: phone, times: 1 });
  await client.call('POST', `/sessions/${session}:start`);
  const before = await client.until(session, 'failed');

  await bed.restart();

  const after = await client.session(session);
  assert.deepEqual(
    [after.status, after.reason, after['nextAttemptAt']],
    ['failed', 'temporarily_banned', before['nextAttemptAt']],
  );
});

test('when WhatsApp refuses the client, all sessions wait, and one that is started lets all of them in', async () => {
  await using on = await stage();
  const { bed, client, session, phone } = on;
  const others = [
    await client.linked(bed.simulator, '491700000002'),
    await client.linked(bed.simulator, '491700000003'),
  ];
  const logins = () =>
    bed.simulator.ledger.entries.filter((e) => e.kind === 'connection' && e.event === 'accepted').length;
  bed.simulator.faults.add({ kind: 'login-failure', code: 405, times: 1 });
  bed.simulator.disconnect(phone, 'reset');
  await client.until(session, 'failed');
  const before = logins();

  for (const account of ['491700000002', '491700000003']) bed.simulator.disconnect(account, 'reset');
  for (const other of others) assert.equal((await client.until(other, 'failed')).reason, 'client_outdated');
  assert.equal(logins(), before, 'nobody else has dialled');
  await client.call('POST', `/sessions/${session}:start`);

  for (const each of [session, ...others]) await client.until(each, 'connected');
});

test('in an outage of WhatsApp the sessions of a gateway try apart from one another, and all come back', async () => {
  await using on = await stage();
  const { bed, client } = on;
  const phones = ['491700000002', '491700000003', '491700000004'];
  for (const phone of phones) await client.linked(bed.simulator, phone);
  const outage = bed.simulator.faults.add({ kind: 'upgrade-error', status: 503 });
  const began = Date.now();

  for (const phone of [on.phone, ...phones]) bed.simulator.disconnect(phone, 'reset');
  await eventually(() => assert.ok(outage.hits >= 8));
  outage.remove();

  const strikes = bed.simulator.ledger.entries.filter((entry) => entry.kind === 'fault' && entry.fault === outage.id);
  const times = strikes.map(({ at }) => at - began);
  for (const from of times) {
    const within = times.filter((at) => at >= from && at < from + 1_000).length;
    assert.ok(within <= 6, `${within} attempts in a second`);
  }
  await eventually(() => assert.equal(bed.simulator.connections().length, 4), 20_000);
});
