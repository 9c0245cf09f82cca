import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acknowledgementIn } from '../../../../src/actors/socket/events/acknowledgement.ts';
import { receiptsIn } from '../../../../src/actors/socket/events/receipts.ts';

const now = 1_700_000_000_000;

/** How a server's time is read from each stanza that has one. */
function timesOf(t: string | undefined): unknown[] {
  const attrs = { id: '3EB0', ...(t !== undefined && { t }) };
  const acknowledged = acknowledgementIn({ tag: 'ack', attrs: { ...attrs, class: 'message' } }, now);
  const [receipt] = receiptsIn({ tag: 'receipt', attrs }, now);
  return [acknowledged?.type === 'socket.acknowledged' ? acknowledged.timestamp : acknowledged, receipt?.timestamp];
}

test('times of WhatsApp are in whole seconds; an invalid one counts as now', () => {
  assert.deepEqual(timesOf('1690000000'), [1_690_000_000_000, 1_690_000_000_000]);
  for (const t of [undefined, '', ' ', '0', '-1', '1.5', 'soon', 'Infinity', '9'.repeat(20)]) {
    assert.deepEqual(timesOf(t), [now, now], `t is ${JSON.stringify(t)}`);
  }
});
