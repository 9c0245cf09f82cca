import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { createActor } from 'xstate';
import { createOutboxRow } from '../../../src/actors/api/create-outbox-row.ts';
import { BackgroundTasks } from '../../../src/actors/background-tasks.ts';
import { InboundRecorder } from '../../../src/actors/inbound/inbound-recorder.ts';
import { systemTimer } from '../../../src/domain/clock.ts';
import { events } from '../../../src/store/records/event-log.ts';
import { inboundMessages } from '../../../src/store/records/messages/inbound-messages.ts';
import { outbox as outboxOf } from '../../../src/store/records/outbox/outbox.ts';
import { sessions } from '../../../src/store/records/sessions/sessions.ts';
import { RecordedLog } from '../../http/support/recorded-log.ts';
import { SealedFolder } from '../../store/encryption/support.ts';

const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const now = () => 1_000_000;

test('a receipt for a send that is damaged is reported once and not tried again, and the next fact is recorded', async () => {
  using folder = new SealedFolder();
  await using store = await folder.open();
  const outbox = outboxOf(store, now);
  const background = new BackgroundTasks();
  const log = new RecordedLog();
  const deps = {
    sessions: sessions(store),
    outbox,
    inbox: inboundMessages(store, now),
    events: events(store),
    health: store.health,
    background,
    delay: systemTimer,
    now,
  };
  const actor = createActor(new InboundRecorder({ ...deps, logger: pino({}, log) }).actor, { input: address }).start();
  await store.commit({ sets: [{ key: ['acme', 'session', address.session], value: new Uint8Array() }] });
  const [damaged, whole] = [row(), row()];
  for (const each of [damaged, whole]) await outbox.enqueue(each, 'f');
  folder.file.damage(['acme', 'outbox', address.session, damaged.id]);

  for (const { waMessageId } of [damaged, whole]) {
    actor.send({ type: 'socket.receipt', receipts: [{ waMessageId, status: 'delivered', timestamp: now() }] });
  }
  await background.idle();

  assert.deepEqual(
    log.lines.map(({ msg }) => msg),
    ['inbound event could not be stored'],
  );
  assert.equal((await outbox.find(address, whole.id))?.early?.status, 'delivered');
  actor.stop();
});

function row() {
  const content = { type: 'text' as const, text: 'hello', mentions: [], quoted: null };
  const to = '6281234567890@s.whatsapp.net';
  return createOutboxRow(address, {
    mode: 'async',
    to,
    content,
    idempotency: null,
    account: null,
    acceptedAt: now(),
    traceId: null,
  });
}
