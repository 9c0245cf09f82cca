import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { SseClient } from '../http/support/sse.ts';
import { linkedBed, own } from '../support/gateway/linked-bed.ts';

const second = 1_000;
const soon = 1_900_000_000;

const RestrictionSchema = v.looseObject({
  payload: v.strictObject({ kind: v.string(), isActive: v.boolean(), until: v.nullable(v.number()) }),
});

test('a restriction of new chats is told when it begins, when it is found after a login, and when it ends', async () => {
  await using linked = await linkedBed();
  const { bed, client, session } = linked;
  const { simulator } = bed;
  const headers = { authorization: `Bearer ${client.token}` };
  await using stream = await SseClient.open(`${bed.gateway.url}/api/v1/events?event=session.restriction`, headers);
  const told = async (count: number) =>
    (await stream.until(count)).map(({ data = '' }) => v.parse(RestrictionSchema, JSON.parse(data)).payload);
  let id = 0;
  const announce = (lock: object) => {
    id += 1;
    const data = { xwa2_notify_account_reachout_timelock: lock };
    const attrs = { op_name: 'NotificationUserReachoutTimelockUpdate' };
    const update = { tag: 'update', attrs, content: Buffer.from(JSON.stringify({ data })) };
    const from = { from: 's.whatsapp.net', type: 'mex', id: `LOCK${id}`, t: String(soon) };
    simulator.inject(own, { tag: 'notification', attrs: from, content: [update] });
  };

  announce({ is_active: true, time_enforcement_ends: String(soon) });
  announce({ is_active: true, time_enforcement_ends: String(soon) });
  announce({ is_active: false });
  const byNotice = [
    { kind: 'new_chats', isActive: true, until: soon * second },
    { kind: 'new_chats', isActive: false, until: null },
  ];
  assert.deepEqual(await told(2), byNotice);

  simulator.settings.reachoutTimelock = soon;
  simulator.settings.newChatQuota = { total: 5, used: 5 };
  simulator.disconnect(own, 'close');
  const found = (await told(4)).slice(2);
  assert.deepEqual(
    found.toSorted((one, other) => one.kind.localeCompare(other.kind)),
    [
      { kind: 'new_chat_quota', isActive: true, until: null },
      { kind: 'new_chats', isActive: true, until: soon * second },
    ],
  );

  await client.until(session, 'connected');
  simulator.settings.reachoutTimelock = 0;
  simulator.settings.newChatQuota = { total: 5, used: 1 };
  simulator.disconnect(own, 'close');
  const lifted = (await told(6)).slice(4);
  assert.deepEqual(
    lifted.map(({ isActive, until }) => [isActive, until]),
    [
      [false, null],
      [false, null],
    ],
  );
});
