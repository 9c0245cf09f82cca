import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createOutboxRow } from '../../../src/actors/api/create-outbox-row.ts';
import { systemTimer } from '../../../src/domain/clock.ts';
import { type ErrorCode, GatewayError } from '../../../src/domain/errors.ts';
import type { OutboxRow, SendMode } from '../../../src/domain/outbox.ts';
import type { Store } from '../../../src/store/contract.ts';
import { openSqliteStore } from '../../../src/store/engine/sqlite/store.ts';
import { contactRecords } from '../../../src/store/records/contacts.ts';
import { events } from '../../../src/store/records/event-log.ts';
import { type Outbox, outbox as outboxOf } from '../../../src/store/records/outbox/outbox.ts';
import { type CallOutcome, FaultyStore } from '../../simulation/faults/faulty-store.ts';
import { eventually } from '../../support/eventually.ts';

const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const hourMs = 60 * 60 * 1000;

let store: Store;
let outbox: Outbox;
let now: number;

beforeEach(async () => {
  now = 1_000_000;
  store = openSqliteStore({ path: ':memory:', now: () => now });
  outbox = outboxOf(store, () => now);
  // The session that the sends are of.
  await store.commit({ sets: [{ key: ['acme', 'session', address.session], value: new Uint8Array() }] });
});

afterEach(() => store[Symbol.asyncDispose]());

function row(mode: SendMode, idempotency: string | null = null): OutboxRow {
  const content = { type: 'text' as const, text: 'hello', mentions: [], quoted: null };
  return createOutboxRow(address, {
    mode,
    to: '6281234567890@s.whatsapp.net',
    content,
    idempotency,
    account: null,
    acceptedAt: now,
    traceId: null,
  });
}

function sent(of: OutboxRow): OutboxRow {
  return { ...of, status: 'sent', timestamp: now };
}

/** The statuses that were published of a send, in order. */
async function told(of: OutboxRow): Promise<unknown[]> {
  const signal = AbortSignal.timeout(5_000);
  for await (const slice of events(store).follow(address.organization, { signal })) {
    return slice.events.filter(({ payload }) => payload['outboxId'] === of.id).map(({ payload }) => payload['status']);
  }
  return [];
}

test('whom a send went to is stored with its result, under every address, also the one that was given', async () => {
  const contact = { jid: '628123456789@s.whatsapp.net', lid: '100000000000001@lid', username: null };
  const accepted = row('sync');
  await outbox.begin(accepted, { rate: null, fingerprint: 'f' });

  await outbox.settle(sent({ ...accepted, contact }), null);

  const contacts = contactRecords(store, () => now);
  const found = [accepted.to, contact.jid, contact.lid].map((jid) => contacts.find(address, jid));
  assert.deepEqual(await Promise.all(found), [contact, contact, contact]);
});

test('queued sends come out in the order in which they were accepted', async () => {
  const rows = Array.from({ length: 50 }, () => row('async'));
  await Promise.all(rows.map((each) => outbox.enqueue(each, 'f')));

  for (const expected of rows) {
    const head = await outbox.head(address);
    assert.equal(head?.id, expected.id);
    if (head !== null) await outbox.begin({ ...head, status: 'sending' }, { rate: null, fingerprint: null });
    if (head !== null) await outbox.settle(sent(head), null);
  }

  assert.equal(await outbox.head(address), null);
});

/** A store that fails the next commit after it was applied, and so many calls after it. */
function failingStore(): { store: Store; fail: (furtherCalls: number) => void } {
  let errors: CallOutcome['error'][] = [];
  const outcomeOf = (call: 'read' | 'commit'): CallOutcome => {
    const isMeant = errors[0] === 'before' || call === 'commit';
    return { thereMs: 0, backMs: 0, error: isMeant ? (errors.shift() ?? 'none') : 'none' };
  };
  return {
    store: new FaultyStore({ store, outcomeOf, delay: systemTimer }),
    fail: (furtherCalls) => {
      errors = ['after', ...Array<CallOutcome['error']>(furtherCalls).fill('before')];
    },
  };
}

function isRefusal(code: ErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof GatewayError && error.refusal.code === code;
}

test('a send whose commit failed is queued all the same when it was applied', async () => {
  const failing = failingStore();
  outbox = outboxOf(failing.store, () => now);
  const queued = row('async');
  failing.fail(0);

  assert.equal(await outbox.enqueue(queued, 'f'), 'queued');
  assert.equal((await outbox.head(address))?.id, queued.id);
});

test('a send is not reported as not queued when the store could not be asked for it', async () => {
  const failing = failingStore();
  outbox = outboxOf(failing.store, () => now);
  const queued = row('async');
  failing.fail(1);

  await assert.rejects(outbox.enqueue(queued, 'f'), isRefusal('timeout'));
  assert.equal((await outbox.head(address))?.id, queued.id);
});

test('the queue takes as many as it may, no more and no fewer, whatever has failed before', async () => {
  const failing = failingStore();
  outbox = outboxOf(failing.store, () => now, { maxQueued: 3 });
  const [first, second, third, ...others] = Array.from({ length: 7 }, () => row('async'));
  assert(first !== undefined && second !== undefined && third !== undefined);
  failing.fail(1);
  await assert.rejects(outbox.enqueue(first, 'f'), isRefusal('timeout'));
  await outbox.enqueue(second, 'f');
  await outbox.enqueue(third, 'f');
  assert.equal(await outbox.enqueue(row('async'), 'f'), 'full');

  failing.fail(0);
  await assert.rejects(outbox.begin({ ...first, status: 'sending' }, { rate: null, fingerprint: null }));
  failing.fail(0);
  await assert.rejects(outbox.cancel({ ...second, status: 'failed' }));

  const results = [];
  for (const other of others) results.push(await outbox.enqueue(other, 'f'));
  assert.deepEqual(results, ['queued', 'queued', 'full', 'full']);
});

test('every status of a send is published once, in order', async () => {
  const queued = row('async');
  await outbox.enqueue(queued, 'f');
  await outbox.begin({ ...queued, status: 'sending' }, { rate: null, fingerprint: null });
  await outbox.settle(sent(queued), null);
  for (const status of ['delivered', 'read', 'delivered', 'played', 'read'] as const) {
    await outbox.receive(address, { waMessageId: queued.waMessageId, status, timestamp: now });
  }

  assert.deepEqual(await told(queued), ['queued', 'sending', 'sent', 'delivered', 'read', 'played']);
});

test('a receipt before the acknowledgement is no acknowledgement, but is published after it', async () => {
  const early = row('sync');
  await outbox.begin(early, { rate: null, fingerprint: 'f' });

  await outbox.receive(address, { waMessageId: early.waMessageId, status: 'delivered', timestamp: now });
  assert.equal((await outbox.find(address, early.id))?.status, 'sending');
  await outbox.settle(sent(early), null);

  assert.equal((await outbox.find(address, early.id))?.status, 'delivered');
  assert.deepEqual(await told(early), ['sending', 'sent', 'delivered']);
});

test('one send of a session is in flight at most', async () => {
  await outbox.begin(row('sync'), { rate: null, fingerprint: 'f' });

  await assert.rejects(outbox.begin(row('sync'), { rate: null, fingerprint: 'f' }), /in flight/);
});

test('beginning, queueing and settling again is the same as once', async () => {
  const once = row('sync');
  await outbox.begin(once, { rate: null, fingerprint: 'f' });
  assert.equal(await outbox.begin(once, { rate: null, fingerprint: 'f' }), 'begun');
  await outbox.settle(sent(once), null);
  await outbox.settle({ ...once, status: 'failed', error: { code: 'late', message: 'late' } }, null);

  assert.equal((await outbox.find(address, once.id))?.status, 'sent');
  assert.deepEqual(await told(once), ['sending', 'sent']);
});

test('a key belongs to the first send that is queued or begun with it, and to none that was not', async () => {
  const first = row('async', 'key');
  assert.equal(await outbox.claim('acme', 'key'), null);

  assert.equal(await outbox.enqueue(first, 'f'), 'queued');
  assert.equal(await outbox.enqueue(row('async', 'key'), 'f'), 'claimed');
  assert.equal(await outbox.begin(row('sync', 'key'), { rate: null, fingerprint: 'f' }), 'claimed');

  assert.equal((await outbox.claim('acme', 'key'))?.outboxId, first.id);
});

test('a key is kept for 48 hours from when its send is settled, however long that takes', async () => {
  const queued = row('async', 'key');
  await outbox.enqueue(queued, 'f');
  now += 100 * hourMs;
  assert.notEqual(await outbox.claim('acme', 'key'), null);
  await outbox.settle(sent(queued), null);
  now += 47 * hourMs;
  assert.notEqual(await outbox.claim('acme', 'key'), null);
  now += 2 * hourMs;

  assert.equal(await outbox.claim('acme', 'key'), null);
});

test('the queue of a session is bounded, and there is room again when a send has left it', async () => {
  const rows = Array.from({ length: 5_000 }, () => row('async'));
  await Promise.all(rows.map((each) => outbox.enqueue(each, 'f')));
  assert.equal(await outbox.enqueue(row('async'), 'f'), 'full');
  const [first] = rows;
  assert.ok(first !== undefined);

  await outbox.cancel({ ...first, status: 'failed', error: { code: 'cancelled', message: 'cancelled' } });

  assert.equal(await outbox.enqueue(row('async'), 'f'), 'queued');
});

test('the tokens that are left are stored with the send that took one', async () => {
  const rate = { minute: 3, hour: 500, at: now, asyncAt: 0 };

  await outbox.begin(row('sync'), { rate, fingerprint: 'f' });

  assert.deepEqual(await outboxOf(store, () => now).rate(address), rate);
});

test('a wait for a send ends when it is settled, and yields it as it is at the deadline', async () => {
  const waitedFor = row('sync');
  await outbox.begin(waitedFor, { rate: null, fingerprint: 'f' });
  assert.equal((await outbox.whenSettled(address, waitedFor.id, 1))?.status, 'sending');

  const waiting = outbox.whenSettled(address, waitedFor.id, 60_000);
  await outbox.settle(sent(waitedFor), null);

  assert.equal((await waiting)?.status, 'sent');
  assert.equal((await outbox.whenSettled(address, waitedFor.id, 60_000))?.status, 'sent');
  assert.equal(await outbox.whenSettled(address, 'unknown', 60_000), null);
});

test('a further attempt is published as a possible duplicate and keeps what receipts have proven since', async () => {
  const resent = row('sync');
  const rate = { minute: 3, hour: 500, at: now, asyncAt: 0 };
  await outbox.begin(resent, { rate: null, fingerprint: 'f' });

  assert.equal((await outbox.resume({ ...resent, attempts: 2 }, rate)).attempts, 2);
  await outbox.receive(address, { waMessageId: resent.waMessageId, status: 'delivered', timestamp: 7 });
  const proven = await outbox.resume({ ...resent, attempts: 3 }, rate);

  assert.deepEqual(proven.early, { status: 'delivered', timestamp: 7 });
  assert.equal(proven.attempts, 2);
  assert.deepEqual(await told(resent), ['sending', 'sending']);
});

test('a send that is given up although its recipient has confirmed it has arrived', async () => {
  const givenUp = row('sync');
  await outbox.begin(givenUp, { rate: null, fingerprint: 'f' });
  await outbox.receive(address, { waMessageId: givenUp.waMessageId, status: 'delivered', timestamp: 7 });

  const error = { code: 'unknown_outcome', message: 'never acknowledged' };
  const settled = await outbox.settle({ ...givenUp, status: 'failed', timestamp: now, error }, null);

  assert.deepEqual([settled.status, settled.timestamp, settled.error], ['sent', 7, null]);
  assert.equal((await outbox.find(address, givenUp.id))?.status, 'delivered');
  assert.deepEqual(await told(givenUp), ['sending', 'sent', 'delivered']);
});

test('a place in flight whose send is gone is free again', async () => {
  const gone = row('sync');
  await outbox.begin(gone, { rate: null, fingerprint: 'f' });
  await store.commit({ deletes: [[address.organization, 'outbox', address.session, gone.id]] });

  assert.equal(await outbox.inFlight(address), null);
  assert.equal(await outbox.begin(row('sync'), { rate: null, fingerprint: 'f' }), 'begun');
});

test('a send that was stored before there were traces is read and published as one without', async () => {
  const { traceId: _, ...old } = row('async');
  const key = ['acme', 'outbox', address.session, old.id] as const;
  const encoder = new TextEncoder();
  await store.commit({
    sets: [
      { key, value: encoder.encode(JSON.stringify(old)) },
      { key: ['acme', 'queue', address.session, old.id], value: new Uint8Array() },
    ],
  });

  const head = await outbox.head(address);

  assert.equal(head?.traceId, null);
  if (head === null) return;
  await outbox.begin({ ...head, status: 'sending' }, { rate: null, fingerprint: null });
  assert.deepEqual(await told(head), ['sending']);
});

test('a send that a newer release has stored with a field more is read, and keeps it, as in an update node by node', async () => {
  const newer = { ...row('async'), inventedLater: true };
  const key = ['acme', 'outbox', address.session, newer.id] as const;
  await store.commit({
    sets: [
      { key, value: new TextEncoder().encode(JSON.stringify(newer)) },
      { key: ['acme', 'queue', address.session, newer.id], value: new Uint8Array() },
    ],
  });

  assert.deepEqual(await outbox.head(address), newer);
});

test('a receipt that is stored while its send is resumed is known when that is answered', async () => {
  const send = row('sync');
  await outbox.begin(send, { rate: null, fingerprint: 'f' });
  const answering = Promise.withResolvers<void>();
  const slow: Store = {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    list: (prefix, options) => store.list(prefix, options),
    read: (log, options) => store.read(log, options),
    tail: (log) => store.tail(log),
    follow: (log, options) => store.follow(log, options),
    // Applied at once; what was resumed is answered late.
    commit: async (commit) => {
      const result = await store.commit(commit);
      if (commit.sets?.some(({ key }) => key[1] === 'rate') === true) await answering.promise;
      return result;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const late = outboxOf(slow, () => now);
  const rate = { minute: 1, hour: 1, at: now, asyncAt: now };

  const resuming = late.resume({ ...send, attempts: 2 }, rate);
  await eventually(async () => assert.equal((await outbox.find(address, send.id))?.attempts, 2));
  await late.receive(address, { waMessageId: send.waMessageId, status: 'delivered', timestamp: now });
  answering.resolve();

  assert.deepEqual((await resuming).early, { status: 'delivered', timestamp: now });
});

test('the first send to an admitted chat is found behind others, also when an older release queued it', async () => {
  const sends = ['1', '2', '3', '2'].map((digit) => ({ ...row('async'), to: `1555000000${digit}@s.whatsapp.net` }));
  for (const send of sends) {
    await outbox.enqueue(send, 'f');
    now += 1;
  }
  const [, second, third] = sends;
  assert(second !== undefined && third !== undefined);
  const asked: string[][] = [];
  const first = async (...admitted: string[]) =>
    (
      await outbox.firstTo(address, async (chats) => {
        asked.push([...chats]);
        return new Set(admitted);
      })
    )?.id;
  assert.equal(await first(second.to), second.id);
  assert.deepEqual(asked, [[...new Set(sends.map(({ to }) => to))]]);
  await store.commit({
    sets: [{ key: ['acme', 'queue', address.session, third.id], value: new Uint8Array() }],
  });
  assert.equal(await first(third.to), third.id);
  assert.equal(await first(), undefined);
});
