import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import { linkedBed, own } from '../support/gateway/linked-bed.ts';

const rounds = 3;
const perRound = 20;

test('a session that is stopped in a flood of messages loses none: what it has not told comes after its start', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact: ada } = linked;
  const headers = { authorization: `Bearer ${client.token}` };
  await using stream = await SseClient.open(`${bed.gateway.url}/api/v1/events?event=message`, headers);
  const written: string[] = [];

  for (let round = 0; round < rounds; round += 1) {
    for (let count = 0; count < perRound; count += 1) written.push(await ada.sendText(own, `${round}, ${count}`));
    await client.call('POST', `/sessions/${session}:stop`);
    await client.call('POST', `/sessions/${session}:start`);
    await client.until(session, 'connected');
  }

  await eventually(() => {
    const told = stream.events.map(({ data = '' }) => data).join();
    assert.deepEqual(
      written.filter((id) => !told.includes(id)),
      [],
    );
  });
});

test('messages that come after a login are told behind those that waited for it', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact: ada } = linked;
  const { ledger } = bed.simulator;
  const headers = { authorization: `Bearer ${client.token}` };
  await using stream = await SseClient.open(`${bed.gateway.url}/api/v1/events?event=message`, headers);
  const written: string[] = [];
  const write = async () => {
    for (let count = 0; count < perRound; count += 1) written.push(await ada.sendText(own, `${written.length}`));
  };

  await client.call('POST', `/sessions/${session}:stop`);
  await write();
  const before = ledger.entries.at(-1)?.seq ?? 0;
  const delivered = ledger.waitFor(
    (entry) => entry.kind === 'stanza' && entry.tag === 'ib' && entry.direction === 'out' && entry.seq > before,
  );
  await client.call('POST', `/sessions/${session}:start`);
  await delivered;
  await write();

  await eventually(() => assert.equal(stream.events.filter(({ data }) => data !== undefined).length, written.length));
  const told = stream.events
    .map(({ data = '' }) => written.findIndex((id) => data.includes(id)))
    .filter((at) => at >= 0);
  assert.deepEqual(told, [...written.keys()]);
});

test('a person who wrote by number, and whose LID is then known, goes on in the same Signal session', async () => {
  await using linked = await linkedBed();
  const { bed, client } = linked;
  const headers = { authorization: `Bearer ${client.token}` };
  await using stream = await SseClient.open(`${bed.gateway.url}/api/v1/events?event=message`, headers);
  const eve = bed.simulator.addContact({ phone: '15557000006', lid: 'none', addressing: 'pn' });
  const choir = bed.simulator.addGroup({ subject: 'Choir', participants: [eve.phone, own], addressing: 'lid' });
  const told = async (id: string) => eventually(() => assert(stream.events.some(({ data = '' }) => data.includes(id))));

  await told(await eve.sendText(own, 'by number'));
  await told(await choir.sendText(eve.phone, 'by LID'));
  await told(await eve.sendText(own, 'by number again'));

  assert.equal(bed.simulator.ledger.signal.askedByClients, 0);
});
