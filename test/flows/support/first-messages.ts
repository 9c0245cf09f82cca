import assert from 'node:assert/strict';
import * as v from 'valibot';
import type { Ledger } from '../../../simulator/ledger/ledger.ts';
import { SseClient } from '../../http/support/sse.ts';
import { eventually } from '../../support/eventually.ts';
import { firstMessages } from '../../support/gateway/first-messages.ts';
import { linkedBed, own } from '../../support/gateway/linked-bed.ts';

/** What a device begins with, and what the server must have again soon after. */
const fullStock = 812;
const leastStock = 100;

const patienceMs = 60_000;

const MessageSchema = v.looseObject({ payload: v.looseObject({ waMessageId: v.string() }) });

/**
 * Lets people write to a linked session for the first time, all at once, when the server has `stock` prekeys of it. Resolves
 * when each message is told and the stock is refilled.
 */
export async function everybodyWrites(count: number, stock: number): Promise<Ledger> {
  await using linked = await linkedBed();
  const { bed, client, session } = linked;
  const { simulator } = bed;
  const preKeys = () => simulator.clients(own)[0]?.preKeys ?? 0;
  const url = `${bed.gateway.url}/api/v1/events?event=message`;
  await using stream = await SseClient.open(url, { authorization: `Bearer ${client.token}` });
  simulator.settings.fewPreKeys = false;
  await client.call('POST', `/sessions/${session}:stop`);
  await client.call('POST', `/sessions/${session}:start`);
  await eventually(() => assert.equal(preKeys(), fullStock));
  if (stock < fullStock) simulator.takePreKeys(own, fullStock - stock);

  const written = await firstMessages(simulator, own, count);

  await stream.untilThat(() => stream.events.length >= count);
  const told = stream.events.map(({ data = '' }) => v.parse(MessageSchema, JSON.parse(data)).payload.waMessageId);
  assert.deepEqual([told.length, new Set(told)], [count, new Set(written)]);
  await eventually(() => assert(preKeys() >= leastStock, `${preKeys()} prekeys`), patienceMs);
  return simulator.ledger;
}
