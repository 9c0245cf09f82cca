import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { proto } from '@whiskeysockets/baileys';
import * as v from 'valibot';
import type { Simulator } from '../../simulator/simulator.ts';
import { SendResultSchema } from '../../src/domain/outbox.ts';
import { startWorld } from '../faults/support/world.ts';
import { SseClient } from '../http/support/sse.ts';
import { TemporaryFolder } from '../store/contract/sqlite-subject.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer, Client } from '../support/gateway/client.ts';
import { runCommand } from '../support/gateway/command.ts';
import { contactBed, linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

let people = 6281234570000;

/** A person who is only reached with a token. */
function addStrict(simulator: Simulator) {
  people += 1;
  return simulator.addContact({ phone: String(people), token: 'required', devices: 1 });
}

const addressOf = ({ phone }: { phone: string }) => `${phone}@s.whatsapp.net`;

/** Whether the stanza that carried an acknowledged send had a token. */
function hadToken(simulator: Simulator, answer: Answer): boolean {
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { waMessageId: id } = v.parse(SendResultSchema, answer.body);
  const [stanza] = simulator.ledger.stanzas({ tag: 'message', direction: 'in', id });
  assert(stanza !== undefined);
  return stanza.children.includes('tctoken');
}

async function restart(client: Client, session: string): Promise<void> {
  await client.call('POST', `/sessions/${session}:stop`);
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');
}

const { bed, client, session, contact } = shared(await linkedBed());
const { simulator } = bed;

test('without a token of theirs, people who require one are not reached', async () => {
  await using other = await linkedBed();

  const answer = await other.client.sendText(other.session, addressOf(addStrict(other.bed.simulator)), 'hello');

  assert.equal(answer.status, 502);
  assert.match(JSON.stringify(answer.body), /463/);
});

test('who writes gives a token, with which they can be answered, also after a restart', async () => {
  const ada = addStrict(simulator);
  await ada.sendText(own, 'hello');
  const stored = () => simulator.ledger.stanzas({ tag: 'ack', direction: 'in' }).filter(isOfToken).length;
  await eventually(() => assert.equal(stored(), 1));

  assert.equal(hadToken(simulator, await client.sendText(session, addressOf(ada), 'hello, too')), true);
  await restart(client, session);
  assert.equal(hadToken(simulator, await client.sendText(session, addressOf(ada), 'after a restart')), true);
});

function isOfToken({ attrs }: { attrs: Record<string, string> }): boolean {
  return attrs['class'] === 'notification' && attrs['type'] === 'privacy_token';
}

for (const addressing of ['lid', 'pn'] as const) {
  for (const parts of ['inline', 'download'] as const) {
    test(`people with whom the phone has chats by ${addressing} are reached right after linking, with parts to ${parts}`, async () => {
      const phone = `4917${addressing === 'lid' ? 1 : 2}${parts === 'inline' ? 1 : 2}000000`;
      const contacts = Array.from({ length: 4 }, () => addStrict(simulator));
      const pairs = ['chat', 'list', 'none', 'list'] as const;
      const chats = contacts.map((contact, index) => ({
        phone: contact.phone,
        addressing,
        pair: addressing === 'lid' && pairs[index] === 'none' ? 'list' : (pairs[index] ?? 'chat'),
        texts: ['an old message'],
      }));
      simulator.knownPhone(phone).setHistory({ chats, parts });
      const events = await SseClient.open(`${bed.gateway.url}/api/v1/events?event=message`, {
        authorization: `Bearer ${client.token}`,
      });
      await using stream = events;
      const linked = await client.linked(simulator, phone);

      const [first, second, third, fourth] = contacts;
      assert(first !== undefined && second !== undefined && third !== undefined && fourth !== undefined);
      assert.equal(hadToken(simulator, await client.sendText(linked, addressOf(first), 'at once')), true);
      assert.equal(hadToken(simulator, await client.sendText(linked, addressOf(second), 'at once')), true);
      // These are in a later part, which is not waited for.
      await eventually(async () => {
        assert.equal(hadToken(simulator, await client.sendText(linked, addressOf(third), 'later')), true);
        assert.equal(hadToken(simulator, await client.sendText(linked, addressOf(fourth), 'later')), true);
      });
      await restart(client, linked);
      assert.equal(hadToken(simulator, await client.sendText(linked, addressOf(first), 'after a restart')), true);
      assert.equal(hadToken(simulator, await client.sendText(linked, first.lid, 'to the LID')), true);

      await third.sendText(phone, 'a new message');
      await eventually(() => assert(stream.events.some(({ data = '' }) => data.includes('a new message'))));
      assert.equal(
        stream.events.some(({ data = '' }) => data.includes('an old message')),
        false,
      );
    });
  }
}

test('an expired token in the history is not used', async () => {
  const ada = addStrict(simulator);
  simulator.knownPhone('491740000001').setHistory({ chats: [{ phone: ada.phone, token: 'expired' }] });
  const linked = await client.linked(simulator, '491740000001');

  const answer = await client.sendText(linked, addressOf(ada), 'hello');

  assert.equal(answer.status, 502);
});

test('a contact whose history has the time of our own token is not issued another one', async () => {
  const ada = addStrict(simulator);
  const phone = '491740000002';
  simulator.knownPhone(phone).setHistory({ chats: [{ phone: ada.phone }] });
  const linked = await client.linked(simulator, phone);
  const issued = () =>
    simulator.ledger
      .stanzas({ tag: 'iq', direction: 'in', account: phone })
      .filter(({ attrs, children }) => attrs['xmlns'] === 'privacy' && children.includes('tokens')).length;

  for (let sent = 0; sent < 3; sent += 1) hadToken(simulator, await client.sendText(linked, addressOf(ada), 'hello'));

  assert.equal(issued(), 0);
});

test("somebody else's history is not believed", async () => {
  const ada = simulator.addContact({ phone: '6281234579999', devices: 1 });
  const issuedAt = Math.floor(Date.now() / 1_000);
  const conversations = [{ id: ada.lid, pnJid: ada.jid, tcToken: Buffer.alloc(16, 1), tcTokenTimestamp: issuedAt }];
  const history = proto.HistorySync.fromObject({ syncType: 0, conversations });
  const initialHistBootstrapInlinePayload = deflateSync(proto.HistorySync.encode(history).finish());
  const type = proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION;
  const historySyncNotification = { syncType: 0, initialHistBootstrapInlinePayload };

  const id = await contact.send(own, { protocolMessage: { type, historySyncNotification } });
  await eventually(() => assert(simulator.ledger.stanzas({ id, tag: 'receipt', direction: 'in' }).length > 0));

  assert.equal(hadToken(simulator, await client.sendText(session, addressOf(ada), 'hello')), false);
});

test('two linked numbers reach each other once one has written', async () => {
  const ada = addStrict(simulator);
  const other = await client.linked(simulator, ada.phone);
  const before = await client.sendText(session, addressOf(ada), 'too early');
  assert.equal((await client.sendText(other, addressOf({ phone: own }), 'hello')).status, 200);

  await eventually(async () => {
    assert.equal(hadToken(simulator, await client.sendText(session, addressOf(ada), 'hello, too')), true);
  });
  assert.equal(before.status, 502);
});

test('with HISTORY=off nothing is read from it', async () => {
  await using off = await contactBed({ settings: { HISTORY: 'off' } });
  const ada = addStrict(off.bed.simulator);
  off.bed.simulator.knownPhone(own).setHistory({ chats: [{ phone: ada.phone }] });
  const linked = await off.client.linked(off.bed.simulator, own);

  const answer = await off.client.sendText(linked, addressOf(ada), 'hello');

  assert.equal(answer.status, 502);
});

test('tokens survive the end of the process and a restore from a backup', async () => {
  await using world = await startWorld();
  using folder = new TemporaryFolder();
  const [backup, data] = [join(folder.path, 'backup'), join(folder.path, 'data')];
  const ada = addStrict(world.simulator);
  world.simulator.knownPhone(own).setHistory({ chats: [{ phone: ada.phone, addressing: 'pn' }] });
  const first = await world.start();
  const linked = await world.client.linked(world.simulator, own);
  assert.equal(hadToken(world.simulator, await world.client.sendText(linked, addressOf(ada), 'first')), true);
  const backedUp = await runCommand('backup', ['--to', backup, '--with-key'], { DATA_DIR: world.directory.path });
  await first.end('SIGKILL');

  const second = await world.start();
  await world.client.until(linked, 'connected');
  assert.equal(hadToken(world.simulator, await world.client.sendText(linked, addressOf(ada), 'second')), true);
  await second.end('SIGKILL');
  const restored = await runCommand('restore', ['--from', backup, '--data-dir', data], {});
  await world.start([], { DATA_DIR: data });
  await world.client.until(linked, 'connected');

  assert.equal(hadToken(world.simulator, await world.client.sendText(linked, addressOf(ada), 'third')), true);
  assert.deepEqual([backedUp.code, restored.code], [0, 0], restored.stderr);
  assert.equal(world.simulator.ledger.signal.undecryptable, 0);
});
