import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import * as v from 'valibot';
import { eventually } from '../support/eventually.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

const second = 1_000;
/** In seconds since 1970. */
const end = 1_900_000_000;
const restriction = { kind: 'new_chats', until: end * second };

const linked = shared(await linkedBed());
const { bed, client, contact: ada, session } = linked;
const { simulator } = bed;
const { ledger, faults } = simulator;

const AcceptedSchema = v.looseObject({ outboxId: v.string(), waMessageId: v.string() });
const ShownSchema = v.looseObject({ restriction: v.unknown() });
const ListSchema = v.looseObject({ data: v.array(v.looseObject({ id: v.string(), restriction: v.unknown() })) });
const RefusalSchema = v.looseObject({
  error: v.looseObject({ details: v.looseObject({ reason: v.string(), kind: v.string() }) }),
});

let people = 0;

/** Somebody whom the number has never had to do with. */
function stranger() {
  people += 1;
  return simulator.addContact({ phone: `1555200${1000 + people}`, devices: 1 });
}

async function queued(to: string, text: string): Promise<v.InferOutput<typeof AcceptedSchema>> {
  const message = { to, type: 'text', text };
  const { status, body } = await client.call('POST', `/sessions/${session}/messages?async=true`, message);
  assert.equal(status, 202);
  return v.parse(AcceptedSchema, body);
}

async function until(status: RegExp, ...sends: readonly { outboxId: string }[]): Promise<void> {
  for (const { outboxId } of sends) {
    await eventually(async () => assert.match((await client.outbox(session, outboxId)).status, status));
  }
}

async function restrictionShown(): Promise<unknown> {
  return v.parse(ShownSchema, await client.session(session)).restriction;
}

let notices = 0;

/** WhatsApp announces a restriction that ends then; 0: that there is none. */
async function restrict(until: number): Promise<void> {
  simulator.settings.reachoutTimelock = until;
  notices += 1;
  const lock = { is_active: until > 0, ...(until > 0 && { time_enforcement_ends: String(until) }) };
  const data = { xwa2_notify_account_reachout_timelock: lock };
  const attrs = { op_name: 'NotificationUserReachoutTimelockUpdate' };
  const update = { tag: 'update', attrs, content: Buffer.from(JSON.stringify({ data })) };
  const from = { from: 's.whatsapp.net', type: 'mex', id: `NOTICE${notices}`, t: String(end) };
  simulator.inject(own, { tag: 'notification', attrs: from, content: [update] });
  await eventually(async () => assert.deepEqual(await restrictionShown(), until === 0 ? null : restriction));
}

function tried({ waMessageId }: { waMessageId: string }): boolean {
  return ledger.stanzas({ id: waMessageId, tag: 'message', direction: 'in' }).length > 0;
}

beforeEach(async () => {
  faults.clear();
  if ((await restrictionShown()) !== null) await restrict(0);
  await client.call('PATCH', `/sessions/${session}`, { ratePerMin: 1_000, rateBurst: 1_000, ratePerHour: 60_000 });
});

test('a session shows its restriction, also after a restart of the gateway, until WhatsApp lifts it', async () => {
  assert.equal(await restrictionShown(), null);
  await restrict(end);
  await bed.restart();
  assert.deepEqual(await restrictionShown(), restriction);
  const { data } = v.parse(ListSchema, (await client.call('GET', '/sessions')).body);
  assert.deepEqual(data.find(({ id }) => id === session)?.restriction, restriction);
  await client.until(session, 'connected');
  simulator.settings.reachoutTimelock = 0;
  simulator.disconnect(own, 'close');
  await eventually(async () => assert.equal(await restrictionShown(), null));
  await client.until(session, 'connected');
});

test('while restricted, sends to new chats wait, in order, and those to known chats and groups overtake them', async () => {
  const [known, writer, one, two] = [stranger(), stranger(), stranger(), stranger()];
  assert.equal((await client.sendText(session, known.jid, 'we know each other')).status, 200);
  const group = simulator.addGroup({ subject: 'Choir', participants: [ada.phone, own] });
  await restrict(end);

  const waiting = [await queued(one.jid, '1'), await queued(two.jid, '2'), await queued(one.jid, '3')];
  const reply = await queued(writer.jid, 'a reply');
  const passing = [await queued(known.jid, 'known'), await queued(group.jid, 'to all')];
  await until(/sent|delivered|read/, ...passing);
  assert.equal(tried(reply), false);
  await writer.sendText(own, 'hello');
  await until(/sent|delivered|read/, reply);
  assert.deepEqual(waiting.map(tried), [false, false, false]);
  await until(/queued/, ...waiting);

  await restrict(0);
  await until(/sent|delivered|read/, ...waiting);
  const ids = ledger.stanzas({ tag: 'message', direction: 'in' }).map(({ id }) => id);
  const places = waiting.map(({ waMessageId }) => ids.indexOf(waMessageId));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test('while restricted, a synchronous send to a new chat is refused at once, and its idempotency key stays free', async () => {
  const someone = stranger();
  await restrict(end);
  const message = { to: someone.jid, type: 'text', text: 'hello' };
  const key = { 'idempotency-key': 'order-1' };
  const refused = await client.call('POST', `/sessions/${session}/messages`, message, key);
  assert.equal(refused.status, 503);
  const { details } = v.parse(RefusalSchema, refused.body).error;
  assert.deepEqual([details.reason, details.kind], ['restricted', 'new_chats']);
  const retryAfter = Number(refused.headers.get('retry-after'));
  assert.ok(retryAfter > 0 && retryAfter <= 24 * 60 * 60 + 60, String(retryAfter));
  assert.equal((await client.sendText(session, `${own}@s.whatsapp.net`, 'a note to myself')).status, 200);

  await restrict(0);
  const sent = await client.call('POST', `/sessions/${session}/messages`, message, key);
  assert.equal(sent.status, 200);
  assert.equal(v.parse(v.looseObject({ replayed: v.boolean() }), sent.body).replayed, false);
});

test('after a first contact was refused with 463, no other is tried for a while, and known chats go on', async () => {
  assert.equal((await client.sendText(session, ada.jid, 'we know each other')).status, 200);
  const strangers = Array.from({ length: 10 }, stranger);
  for (const { phone } of strangers) faults.add({ kind: 'error-ack', code: 463, to: phone });
  const sends = [];
  for (const { jid } of strangers) sends.push(await queued(jid, 'hello'));
  const toAda = await queued(ada.jid, 'are you there?');
  await until(/sent|delivered|read/, toAda);
  assert.deepEqual(
    sends.map(tried),
    sends.map((_, index) => index === 0),
  );
  const [first, ...others] = sends;
  if (first !== undefined) assert.equal((await client.outbox(session, first.outboxId)).error?.code, '463');
  await until(/queued/, ...others);
  const refused = await client.sendText(session, stranger().jid, 'hello');
  assert.equal(refused.status, 503);
  const { details } = v.parse(RefusalSchema, refused.body).error;
  assert.deepEqual([details.reason, details.kind], ['restricted', 'new_chat_refused']);
  assert.ok(Number(refused.headers.get('retry-after')) <= 300);
});

test('while restricted, people of the chats that the phone had before it was linked may be written to', async () => {
  const friend = stranger();
  const phone = '491700000002';
  simulator.knownPhone(phone).setHistory({ chats: [{ phone: friend.phone }] });
  simulator.settings.reachoutTimelock = end;
  const other = await client.linked(simulator, phone);
  await eventually(async () => assert.equal((await client.sendText(other, stranger().jid, 'hello')).status, 503));
  await eventually(async () => assert.equal((await client.sendText(other, friend.jid, 'hello')).status, 200));
});
