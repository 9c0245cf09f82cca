import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SseClient } from '../http/support/sse.ts';
import { recipient } from '../support/gateway/environment.ts';
import { startFragileWorld, storeFaults, untilStore } from './support/broken-store.ts';

const PayloadSchema = v.looseObject({ payload: v.looseObject({ waMessageId: v.string() }) });
const phone = '491700000001';

for (const fault of storeFaults) {
  test(`what is written to a number while ${fault.name} is told exactly once, and confirmed only when it is kept`, async () => {
    await using world = await startFragileWorld();
    const { client, simulator, volume } = world;
    const gateway = await world.start();
    await client.linked(simulator, phone);
    const headers = { authorization: `Bearer ${client.token}` };
    await using stream = await SseClient.open(`${gateway.url}/api/v1/events?event=message`, headers);
    const contact = simulator.phone(recipient);
    const before = await contact.sendText(phone, 'before');
    await stream.until(1);

    await fault.begin(volume, gateway);
    const meeting = await Promise.all([1, 2, 3].map((n) => contact.sendText(phone, `meets the fault ${n}`)));
    await untilStore(gateway, 'failing');
    await simulator.ledger.waitFor(() => simulator.connections().length === 0);
    const late = await contact.sendText(phone, 'finds nobody');
    const expected = [before, ...meeting, late];
    const confirmed = () =>
      simulator.ledger
        .stanzas({ tag: 'receipt', direction: 'in' })
        .flatMap(({ id, attrs }) =>
          attrs['type'] === 'retry' || id === undefined || !expected.includes(id) ? [] : [id],
        );
    assert.deepEqual(confirmed(), [before], 'nothing is confirmed that is not kept');

    await fault.end(volume, gateway);
    await stream.until(expected.length);

    const told = stream.events.map(({ data }) => v.parse(PayloadSchema, JSON.parse(data ?? '')).payload.waMessageId);
    assert.deepEqual(told, expected);
    await simulator.ledger.waitFor(() => new Set(confirmed()).size === expected.length);
  });
}
