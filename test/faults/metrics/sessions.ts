import type { Contact } from '../../../simulator/api/contact-api.ts';
import { SseClient } from '../../http/support/sse.ts';
import { phoneOf } from '../support/world.ts';
import { is, judgeGauge, judgeGrowth, link, type Stage, send } from './stage.ts';

const ends = [
  ['reset', 'connection_closed'],
  [{ streamError: 500 }, 'server_error'],
  [{ streamError: 503 }, 'service_unavailable'],
  [{ streamError: 515 }, 'restart_required'],
  [{ streamError: 440 }, 'replaced'],
] as const;

/** Lost connections, each for another reason, and every state that a session can be in. */
export async function moveSessions(stage: Stage): Promise<void> {
  const { client, simulator } = stage.world;
  const session = await link(stage, 4);
  for (const [how, reason] of ends) {
    await client.until(session, 'connected');
    await judgeGrowth(
      stage,
      `a connection ends (${JSON.stringify(how)})`,
      [[['reconnects_total', { reason }], 1]],
      async () => simulator.disconnect(phoneOf(4), how),
    );
  }
  await judgeGauge(stage, 'the login is used elsewhere', ['sessions', { status: 'failed' }], is(1));
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');
  await judgeGauge(stage, 'it was started again', ['sessions', { status: 'failed' }], is(0));
  await refuseConnections(stage, session);
  await drainOne(stage, session);
  await client.call('POST', '/sessions', { start: true });
  await judgeGauge(stage, 'a session shows its code', ['sessions', { status: 'pairing' }], is(1));
  const gone = await link(stage, 5);
  simulator.unlink(phoneOf(5));
  await client.until(gone, 'logged_out');
  await judgeGauge(stage, 'the phone has unlinked one', ['sessions', { status: 'logged_out' }], is(1));
}

async function refuseConnections(stage: Stage, session: string): Promise<void> {
  const { client, simulator } = stage.world;
  const fault = simulator.faults.add({ kind: 'upgrade-error', status: 502 });
  await judgeGrowth(
    stage,
    'WhatsApp takes no connection',
    [[['reconnects_total', { reason: 'connect_failed' }], { atLeast: 2 }]],
    async () => simulator.disconnect(phoneOf(4), 'close'),
  );
  await judgeGauge(stage, 'its session tries again', ['sessions', { status: 'connecting' }], is(1));
  fault.remove();
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');
}

async function drainOne(stage: Stage, session: string): Promise<void> {
  const { client, simulator } = stage.world;
  simulator.faults.add({ kind: 'late-ack', delayMs: 3_000, account: phoneOf(4), times: 1 });
  const arrived = () => simulator.ledger.stanzas({ tag: 'message', direction: 'in' }).length;
  const before = arrived();
  const last = send(stage, session, 'the last one');
  await simulator.ledger.waitFor(() => arrived() > before);
  await judgeGauge(stage, 'nothing drains yet', ['sessions', { status: 'draining' }], is(0));
  const stopped = client.call('POST', `/sessions/${session}:stop`);
  await judgeGauge(stage, 'one finishes its send, then stops', ['sessions', { status: 'draining' }], is(1));
  await Promise.all([last, stopped]);
  await judgeGauge(stage, 'it has', ['sessions', { status: 'draining' }], is(0));
  await judgeGauge(stage, 'it rests', ['sessions', { status: 'stopped' }], is(1));
  await client.call('POST', `/sessions/${session}:start`);
  await client.until(session, 'connected');
}

/** Readers of events, over both kinds of streams. */
export async function moveStreams(stage: Stage): Promise<void> {
  const { client } = stage.world;
  const headers = { authorization: `Bearer ${client.token}` };
  const open = () => SseClient.open(`${stage.world.url}/api/v1/events`, headers);
  const readers = await Promise.all([open(), open()]);
  const { body } = await client.call('POST', '/realtime/ticket', {});
  const ticket = body !== null && typeof body === 'object' && 'ticket' in body ? String(body.ticket) : '';
  const socket = new WebSocket(`${stage.world.url.replace('http', 'ws')}/api/v1/realtime?ticket=${ticket}`);
  await judgeGauge(stage, 'two read server-sent events', ['stream_readers', { kind: 'sse' }], is(2));
  await judgeGauge(stage, 'one has a WebSocket', ['stream_readers', { kind: 'websocket' }], is(1));
  for (const reader of readers) await reader[Symbol.asyncDispose]();
  socket.close();
  await judgeGauge(stage, 'all have left', ['stream_readers'], is(0));
}

/** A device that cannot decrypt what was sent, and asks for it again. */
export async function moveRetries(stage: Stage, session: string, ada: Contact): Promise<void> {
  const { client } = stage.world;
  await client.sendText(session, `${ada.phone}@s.whatsapp.net`, 'sets the Signal sessions up');
  ada.failDecryption({ device: 1, times: 2 });
  await judgeGrowth(stage, 'a device asks for two messages again', [[['retry_receipts_total'], 2]], async () => {
    for (const text of ['say that', 'again']) await client.sendText(session, `${ada.phone}@s.whatsapp.net`, text);
  });
}
