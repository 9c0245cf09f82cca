import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createActor, createMachine, sendTo } from 'xstate';
import { createOutboxRow } from '../../../src/actors/api/create-outbox-row.ts';
import { BackgroundTasks } from '../../../src/actors/background-tasks.ts';
import { InboundRecorder } from '../../../src/actors/inbound/inbound-recorder.ts';
import type { InboundEvent } from '../../../src/actors/socket/port.ts';
import { systemTimer } from '../../../src/domain/clock.ts';
import type { OutboxRow, SendStatus } from '../../../src/domain/outbox.ts';
import { defaultSettings, type SessionRecord } from '../../../src/domain/session.ts';
import { events } from '../../../src/store/records/event-log.ts';
import { inboundMessages } from '../../../src/store/records/messages/inbound-messages.ts';
import { outbox as outboxOf } from '../../../src/store/records/outbox/outbox.ts';
import { sessions } from '../../../src/store/records/sessions/sessions.ts';
import { RecordedLog } from '../../http/support/recorded-log.ts';
import { openBreakable } from '../../store/support/breakable-store.ts';

const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const now = Date.now;

const record: SessionRecord = {
  ...{ id: address.session, organization: address.organization, createdBy: 'test', settings: defaultSettings },
  ...{ account: null, resting: null, lastConnectedAt: null, createdAt: 1, updatedAt: 1 },
};

/** A recorder over a store that answers nothing until it is let go. */
async function startRecorder(maxWaiting: number) {
  const { store, ...breakable } = openBreakable();
  const gate = Promise.withResolvers<void>();
  const outbox = outboxOf(store, now);
  const received: string[] = [];
  const log = new RecordedLog();
  const background = new BackgroundTasks();
  const recorder = new InboundRecorder({
    outbox: {
      receive: async (to, receipt) => {
        received.push(`${receipt.waMessageId} ${receipt.status}`);
        await gate.promise;
        return outbox.receive(to, receipt);
      },
    },
    inbox: inboundMessages(store, now),
    ...{ sessions: sessions(store), events: events(store), health: store, delay: systemTimer, now },
    ...{ background, maxWaiting, logger: pino({}, log) },
  });
  const tells: string[] = [];
  // As a session has it: facts go to the recorder, and what it has to say comes back.
  const session = createMachine({
    invoke: { id: 'recorder', src: recorder.actor, input: address },
    on: {
      'store.failed': { actions: ({ event }) => tells.push(event.type) },
      '*': { actions: sendTo('recorder', ({ event }) => event) },
    },
  });
  const actor = createActor(session).start();
  return { ...breakable, store, outbox, actor, recorder, background, received, tells, log, letGo: gate.resolve };
}

function newSend(): OutboxRow {
  const content = { type: 'text' as const, text: 'hello', mentions: [], quoted: null };
  const to = '120363021234567890@g.us';
  const rest = { idempotency: null, account: null, acceptedAt: now(), traceId: null };
  return createOutboxRow(address, { mode: 'sync', to, content, ...rest });
}

function receipt({ waMessageId }: OutboxRow, status: SendStatus): InboundEvent {
  return { type: 'socket.receipt', receipts: [{ waMessageId, status, timestamp: now() }] };
}

test('of the receipts of a large group only those wait that are further than what waits already', async () => {
  await using started = await startRecorder(100);
  const { outbox, store, actor, received } = started;
  const sends = [newSend(), newSend()];
  await sessions(store).create(record);
  for (const row of sends) {
    await outbox.begin(row, { rate: null, fingerprint: 'f' });
    await outbox.settle({ ...row, status: 'sent', timestamp: now() }, null);
  }

  for (let member = 0; member < 1_000; member += 1) {
    for (const status of ['delivered', 'read', 'delivered'] as const) {
      for (const row of sends) actor.send(receipt(row, status));
    }
  }
  started.letGo();
  await started.background.idle();

  assert.deepEqual(
    received,
    (['delivered', 'read'] as const).flatMap((status) => sends.map((row) => `${row.waMessageId} ${status}`)),
  );
  for (const row of sends) assert.equal((await outbox.find(address, row.id))?.status, 'read');
  const told = (await store.read(['acme', 'events'], { limit: 100 })).entries.map(({ value }) => String(value));
  assert.equal(told.length, 8, 'of each send: sending, sent, delivered, read');
  assert.equal(started.log.lines.length, 0);

  // What has been stored waits no more, and is looked up again.
  actor.send(receipt(sends[0] ?? newSend(), 'read'));
  await started.background.idle();
  assert.equal(received.length, 5);
});

test('a session goes offline when more waits than may, and what waits is stored all the same', async () => {
  await using started = await startRecorder(10);
  const { store, actor, tells, log } = started;
  actor.send(receipt(newSend(), 'delivered'));

  for (const id of Array.from({ length: 9 }, (_, at) => `M${at}`)) actor.send(received(id));
  assert.deepEqual(tells, []);
  for (const id of ['late', 'later']) actor.send(received(id));

  assert.ok(tells.length > 0);
  assert.deepEqual(
    log.lines.map(({ msg }) => msg),
    ['too many inbound events wait to be stored: the session goes offline'],
  );
  started.letGo();
  await started.background.idle();
  assert.equal((await store.read(['acme', 'events'], { limit: 100 })).entries.length, 11);
  assert.equal(await started.recorder.finish(), 0);
});

function received(id: string): InboundEvent {
  const chat = '6281234567890@s.whatsapp.net';
  const said = { type: 'text', proto: '', body: 'hello', hasMedia: false, replyTo: null, mentions: [], pushName: null };
  return {
    type: 'socket.received',
    message: { id, chat, fromMe: false, sender: chat, timestamp: 1, ...said },
    journal: null,
  };
}
