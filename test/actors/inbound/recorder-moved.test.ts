import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createActor } from 'xstate';
import { createOutboxRow } from '../../../src/actors/api/create-outbox-row.ts';
import { BackgroundTasks } from '../../../src/actors/background-tasks.ts';
import { InboundRecorder } from '../../../src/actors/inbound/inbound-recorder.ts';
import type { InboundEvent } from '../../../src/actors/socket/port.ts';
import { systemTimer } from '../../../src/domain/clock.ts';
import { FencedStore } from '../../../src/store/layers/fenced-store.ts';
import { UnfencedStore } from '../../../src/store/layers/unfenced-store.ts';
import { sessionOwners } from '../../../src/store/records/cluster/session-owners.ts';
import { events } from '../../../src/store/records/event-log.ts';
import { inboundMessages } from '../../../src/store/records/messages/inbound-messages.ts';
import { outbox } from '../../../src/store/records/outbox/outbox.ts';
import { sessions } from '../../../src/store/records/sessions/sessions.ts';
import { SealedFolder } from '../../store/encryption/support.ts';
import { eventually } from '../../support/eventually.ts';

const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const chat = '6281234567890@s.whatsapp.net';
const now = Date.now;

/** A recorder of a node that has lost the session, while its facts were on their way. */
async function startLoser() {
  const folder = new SealedFolder();
  const store = await folder.open();
  const lost = new FencedStore(store, { versionOf: () => null, lost: () => undefined });
  const unfenced = new UnfencedStore(store);
  const background = new BackgroundTasks();
  const recorder = new InboundRecorder({
    ...{ sessions: sessions(lost), outbox: outbox(store, now, { owned: lost }), inbox: inboundMessages(lost, now) },
    unfenced: { outbox: outbox(unfenced, now), inbox: inboundMessages(unfenced, now) },
    ...{ events: events(lost), health: store.health, background, logger: pino({ level: 'silent' }) },
    ...{ delay: systemTimer, now },
  });
  const actor = createActor(recorder.actor, { input: address }).start();
  const told = async () => (await store.read(['acme', 'events'], { limit: 100 })).entries.length;
  const end = async () => {
    await store[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  };
  return { store, actor, recorder, background, told, [Symbol.asyncDispose]: end };
}

function received(id: string): InboundEvent {
  const said = { type: 'text', proto: '', body: 'hello', hasMedia: false, replyTo: null, mentions: [], pushName: null };
  return {
    type: 'socket.received',
    message: { id, chat, fromMe: false, sender: chat, timestamp: 1, ...said },
    journal: null,
  };
}

test('what was confirmed for a session that another node has by now is stored, once', async () => {
  await using loser = await startLoser();
  const { store, actor, told } = loser;
  await sessionOwners(store, now).acquire(address, null, { incarnation: 'winner', nodeId: 'winner' });
  const content = { type: 'text' as const, text: 'hi', mentions: [], quoted: null };
  const send = {
    mode: 'async' as const,
    to: chat,
    content,
    idempotency: null,
    account: null,
    acceptedAt: now(),
    traceId: null,
  };
  const row = createOutboxRow(address, send);
  await store.commit({ sets: [{ key: ['acme', 'session', address.session], value: new Uint8Array() }] });
  await outbox(store, now).enqueue(row, 'fingerprint');

  actor.send(received('first'));
  actor.send(received('first'));
  const receipt = { waMessageId: row.waMessageId, status: 'delivered' as const, timestamp: now() };
  actor.send({ type: 'socket.receipt', receipts: [receipt] });

  await eventually(async () => assert.notEqual((await outbox(store, now).find(address, row.id))?.early, null));
  assert.equal(await told(), 2, 'that it is queued, and what was received');
  assert.equal(await loser.recorder.finish(), 0);
});

test('nothing is stored any more for a session that is deleted', async () => {
  await using loser = await startLoser();

  loser.actor.send(received('too late'));
  await loser.background.idle();

  assert.equal(await loser.told(), 0);
  assert.equal(await loser.recorder.finish(), 0);
});
