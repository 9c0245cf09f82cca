import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as v from 'valibot';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import type { Capability } from '../../src/domain/principal.ts';
import { SessionSchema } from '../../src/http/response/session-schema.ts';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import { type Fixture, type FixtureSend, readFixtures } from './support/fixture.ts';
import { type Upgraded, upgrade } from './support/upgraded.ts';

const ranBefore = ['connecting', 'connected', 'rate_limited'];
const arrivalMs = 20_000;
const restMs = 1_000;

// libsignal, inside the simulator, prints sessions to it.
silenceConsole();

for (const fixture of await readFixtures()) {
  const writer = `${fixture.release}, ${fixture.engine}`;

  describe(writer, () => {
    let upgraded: Upgraded;

    before(async () => {
      upgraded = await upgrade(fixture);
    });

    after(() => upgraded[Symbol.asyncDispose]());

    test(`sessions that ran connect without a QR code, and the others rest as before (${writer})`, () =>
      sessionsComeBack(fixture, upgraded));

    test(`sends that waited go out once, and are decrypted by everybody they are for (${writer})`, () =>
      waitingGoOut(fixture, upgraded));

    test(`sends that were settled do not go out again (${writer})`, () => settledStay(fixture, upgraded));

    test(`keys may do what they could, and a revoked one nothing (${writer})`, () => keysWork(fixture, upgraded));

    test(`a request that is repeated with its idempotency key has the result that it had (${writer})`, () =>
      repeatsAreAnswered(fixture, upgraded));

    test(`the events that were not read yet are told from where they were left (${writer})`, () =>
      eventsGoOn(fixture, upgraded));

    test(`messages go to people and to the group, both ways, and what was received before can be quoted (${writer})`, () =>
      messagesPass(fixture, upgraded));
  });
}

async function sessionsComeBack({ story }: Fixture, upgraded: Upgraded): Promise<void> {
  for (const { token, id, phoneNumber, ...before } of story.sessions) {
    const client = upgraded.client(token);
    if (ranBefore.includes(before.status)) {
      await client.until(id, 'connected');
    } else {
      const { status, reason, statusSince, phoneNumber: number } = v.parse(SessionSchema, await client.session(id));
      assert.deepEqual([status, reason, number], [before.status, before.reason, phoneNumber]);
      // It came to rest some milliseconds before it said so.
      assert.ok(Math.abs(statusSince - before.statusSince) < restMs, `${status} since ${statusSince}`);
    }
  }
  assert.deepEqual(
    upgraded.simulator.ledger.entries.filter(
      (entry) => entry.kind === 'connection' && (entry.event === 'pairing' || entry.event === 'refused'),
    ),
    [],
  );
}

async function waitingGoOut({ story }: Fixture, upgraded: Upgraded): Promise<void> {
  for (const session of new Set(story.waiting.map((send) => send.session))) {
    const client = upgraded.client(story.waiting.find((send) => send.session === session)?.token ?? '');
    if ((await client.session(session)).status === 'stopped') await client.call('POST', `/sessions/${session}:start`);
  }
  for (const send of story.waiting) {
    await eventually(async () => {
      const { status } = await upgraded.client(send.token).outbox(send.session, send.result.outboxId);
      assert.equal(status, 'read');
    }, arrivalMs);
  }
  for (const { result } of story.waiting) {
    const { arrivals, decrypted } = upgraded.simulator.ledger.tally(result.waMessageId);
    assert.equal(arrivals, 1);
    assert.ok(Object.keys(decrypted).length > 1, JSON.stringify(decrypted));
    assert.ok(
      Object.values(decrypted).every((times) => times === 1),
      JSON.stringify(decrypted),
    );
  }
}

async function settledStay({ story }: Fixture, upgraded: Upgraded): Promise<void> {
  for (const { token, session, result } of story.settled) {
    const { status, waMessageId } = await upgraded.client(token).outbox(session, result.outboxId);
    assert.deepEqual([status, waMessageId], ['read', result.waMessageId]);
    assert.equal(upgraded.simulator.ledger.tally(result.waMessageId).arrivals, 0);
  }
}

async function keysWork({ keys, story }: Fixture, upgraded: Upgraded): Promise<void> {
  for (const { token, organization, can, revoked } of keys) {
    const full = keys.find((key) => key.organization === organization)?.token;
    const path = `/sessions/${story.sessions.find((session) => session.token === full)?.id}`;
    const client = upgraded.client(token);
    const asked = [
      (await client.call('GET', `${path}/outbox`)).status,
      // It is examined only for a caller that may send.
      (await client.call('POST', `${path}/messages`, {})).status,
      (await client.call('PATCH', path, { label: 'upgraded' })).status,
    ];
    const may = (status: number, ...capabilities: Capability[]) => {
      if (revoked) return 401;
      return capabilities.some((capability) => can.includes(capability)) ? status : 403;
    };
    assert.deepEqual(asked, [may(200, 'read', 'send'), may(400, 'send'), may(200, 'manage')], can.join());
  }
}

async function repeatsAreAnswered({ story }: Fixture, upgraded: Upgraded): Promise<void> {
  const keyed = [...story.settled, ...story.waiting].filter(({ idempotencyKey }) => idempotencyKey !== null);
  assert.ok(keyed.some(({ result }) => result.mode === 'sync') && keyed.some(({ result }) => result.mode === 'async'));
  for (const send of keyed) {
    const answer = await repeated(upgraded, send);
    const { outboxId, waMessageId, mode, replayed } = v.parse(SendResultSchema, answer);
    const { result } = send;
    assert.deepEqual([outboxId, waMessageId, mode, replayed], [result.outboxId, result.waMessageId, result.mode, true]);
  }
}

async function eventsGoOn({ keys, story }: Fixture, upgraded: Upgraded): Promise<void> {
  const [key] = keys;
  const { after, ids } = story.events;
  assert.ok(ids.length > 0);
  for (const url of upgraded.urls) {
    await using stream = await SseClient.open(`${url}/api/v1/events`, {
      authorization: `Bearer ${key?.token}`,
      'last-event-id': after,
    });
    assert.deepEqual(
      (await stream.until(ids.length)).map(({ id }) => id),
      ids,
    );
  }
}

async function messagesPass({ story }: Fixture, upgraded: Upgraded): Promise<void> {
  const { simulator } = upgraded;
  const [received] = story.received;
  const [, inGroup] = story.received;
  assert.ok(received !== undefined && inGroup !== undefined && inGroup.chat === story.group);
  const session = story.sessions.find(({ id }) => id === received.session);
  const client = upgraded.client(session?.token ?? '');
  for (const { chat, waMessageId } of [received, inGroup]) {
    const body = { to: chat, type: 'text', text: 'after the upgrade', replyTo: waMessageId };
    const answer = await client.call('POST', `/sessions/${received.session}/messages`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { waMessageId: id } = v.parse(SendResultSchema, answer.body);
    const delivery = await simulator.ledger.waitForDelivery({ id, device: 0 });
    assert.equal(delivery.message.extendedTextMessage?.contextInfo?.stanzaId, waMessageId);
  }
  await using stream = await SseClient.open(`${upgraded.urls[0]}/api/v1/events?event=message`, {
    authorization: `Bearer ${client.token}`,
  });
  const [ada] = simulator.contacts();
  for (const chat of [session?.phoneNumber ?? '', story.group]) {
    const id = await ada?.sendText(chat, 'after the upgrade');
    await stream.untilThat(() => stream.events.some(({ data }) => data?.includes(String(id)) === true));
  }
  // Each session sends in order: what went out twice has come by now.
  for (const { result } of story.waiting) assert.equal(simulator.ledger.tally(result.waMessageId).arrivals, 1);
  const { undecryptable, askedByDevices, askedByClients, reusedKeys } = simulator.ledger.signal;
  assert.deepEqual([undecryptable, askedByDevices, askedByClients, reusedKeys], [0, 0, 0, 0]);
}

async function repeated(
  upgraded: Upgraded,
  { token, session, to, body, idempotencyKey, result }: FixtureSend,
): Promise<unknown> {
  const path = `/sessions/${session}/messages${result.mode === 'async' ? '?async=true' : ''}`;
  const headers = { 'idempotency-key': idempotencyKey ?? '' };
  return (await upgraded.client(token).call('POST', path, { to, ...body }, headers)).body;
}
