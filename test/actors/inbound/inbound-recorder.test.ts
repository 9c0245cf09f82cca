import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createActor } from 'xstate';
import { BackgroundTasks } from '../../../src/actors/background-tasks.ts';
import { InboundRecorder } from '../../../src/actors/inbound/inbound-recorder.ts';
import type { InboundEvent } from '../../../src/actors/socket/port.ts';
import { systemTimer } from '../../../src/domain/clock.ts';
import { events } from '../../../src/store/records/event-log.ts';
import { inboundMessages } from '../../../src/store/records/messages/inbound-messages.ts';
import { outbox } from '../../../src/store/records/outbox/outbox.ts';
import { sessions } from '../../../src/store/records/sessions/sessions.ts';
import { openBreakable } from '../../store/support/breakable-store.ts';
import { eventually } from '../../support/eventually.ts';

const address = { organization: 'acme', session: 's' };

function startRecorder() {
  const breakable = openBreakable();
  const { store } = breakable;
  const recorder = new InboundRecorder({
    sessions: sessions(store),
    outbox: outbox(store, Date.now),
    inbox: inboundMessages(store, Date.now),
    events: events(store),
    health: store,
    background: new BackgroundTasks(),
    logger: pino({ level: 'silent' }),
    delay: systemTimer,
    now: Date.now,
  });
  const actor = createActor(recorder.actor, { input: address }).start();
  const told = async () => (await store.read(['acme', 'events'], { limit: 100 })).entries.length;
  return { ...breakable, recorder, actor, told };
}

test('what could not be stored is held while the store fails, and is stored when it works again', async () => {
  await using started = startRecorder();
  const { store, actor, told } = started;
  started.break();
  for (const id of ['first', 'second', 'third']) actor.send(received(id));
  await eventually(() => assert.equal(store.state, 'failing'));

  started.mend();
  await eventually(async () => assert.equal(await told(), 3));

  assert.equal(await started.recorder.finish(), 0);
});

test('at the end nothing is waited for that cannot be stored, and what is lost is counted', async () => {
  await using started = startRecorder();
  const { store, actor } = started;
  started.break();
  for (const id of ['first', 'second']) actor.send(received(id));
  actor.send({ type: 'socket.qr', code: 'a code that nobody can scan any more', expiresAt: 0 });
  await eventually(() => assert.equal(store.state, 'failing'));

  assert.equal(await started.recorder.finish(), 2);
});

test('a fact that no store could keep is given up at once, and does not hold up the next', async () => {
  await using started = startRecorder();
  started.actor.send(received('an id with a \0 in it'));
  started.actor.send(received('next'));

  await eventually(async () => assert.equal(await started.told(), 1));

  assert.equal(started.store.state, 'working');
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
