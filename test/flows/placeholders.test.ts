import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import { linkedBed, own, shared } from '../support/gateway/linked-bed.ts';

const { bed, client, session, contact } = shared(await linkedBed());
const { simulator } = bed;

const MessageSchema = v.looseObject({
  payload: v.looseObject({
    waMessageId: v.string(),
    senderJid: v.nullable(v.string()),
    timestamp: v.number(),
    body: v.nullable(v.string()),
  }),
});

function openStream(): Promise<SseClient> {
  const headers = { authorization: `Bearer ${client.token}` };
  return SseClient.open(`${bed.gateway.url}/api/v1/events?event=message`, headers);
}

function messagesIn({ events }: SseClient) {
  return events.map(({ data = '' }) => v.parse(MessageSchema, JSON.parse(data)).payload);
}

test('ten messages that came without their content are asked of the phone, and each is told once as it was sent', async () => {
  await using stream = await openStream();
  const ids = Array.from({ length: 10 }, (_, number) => contact.sendPlaceholder(own, `from an ad ${number}`));
  const sentAt = new Map(
    ids.map((id) => [id, Number(simulator.ledger.stanzas({ id, tag: 'message' })[0]?.attrs['t']) * 1_000]),
  );

  await stream.untilThat(() => messagesIn(stream).length >= ids.length);

  const told = messagesIn(stream).toSorted((a, b) => ids.indexOf(a.waMessageId) - ids.indexOf(b.waMessageId));
  assert.deepEqual(
    told.map(({ waMessageId, senderJid, timestamp, body }) => ({ waMessageId, senderJid, timestamp, body })),
    ids.map((id, number) => ({
      waMessageId: id,
      senderJid: contact.jid,
      timestamp: sentAt.get(id),
      body: `from an ad ${number}`,
    })),
  );
});

test('when the phone never answers, the stanza is confirmed and the session goes on', async () => {
  simulator.settings.answerPlaceholders = false;
  const requests = () =>
    simulator.ledger.deliveries({ to: own }).filter(({ message }) => message.protocolMessage?.type === 16).length;
  const before = requests();
  // Baileys does not ask for what may be viewed once.
  const ids = [contact.sendPlaceholder(own, 'lost'), contact.sendPlaceholder(own, 'lost', 'view_once')];

  await eventually(() => assert.equal(requests(), before + 1));
  await eventually(() => {
    for (const id of ids) {
      const confirmed = simulator.ledger.stanzas({ id, direction: 'in' }).map(({ tag }) => tag);
      assert(confirmed.includes('ack') || confirmed.includes('receipt'), `${id}: ${confirmed.join()}`);
    }
  });
  await using stream = await openStream();
  const next = await contact.sendText(own, 'goes on');
  await stream.untilThat(() => messagesIn(stream).some(({ waMessageId }) => waMessageId === next));
  assert.equal((await client.session(session)).status, 'connected');
  assert.equal(messagesIn(stream).filter(({ waMessageId }) => ids.includes(waMessageId)).length, 0);
  simulator.settings.answerPlaceholders = true;
});
