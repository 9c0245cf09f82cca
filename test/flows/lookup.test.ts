import assert from 'node:assert/strict';
import { test } from 'node:test';
import { to } from '../support/gateway/environment.ts';
import { linkedBed } from '../support/gateway/linked-bed.ts';

test('a WhatsApp that does not answer a look-up leaves the send in doubt; it is no unknown recipient', async () => {
  // Longer than a look-up may take (15 s), so that its end is what is seen here.
  await using linked = await linkedBed({ settings: { SEND_TIMEOUT_MS: '17000' } });
  const { bed, client, session } = linked;
  const other = '6281234567891';
  bed.simulator.addContact({ phone: other });
  await client.sendText(session, to, 'found');

  bed.simulator.faults.add({ kind: 'silence', times: 1, deliver: true, afterAck: true });
  await client.sendText(session, to, 'the last word for a while');
  const answer = await client.sendText(session, `${other}@s.whatsapp.net`, 'looked up in vain');

  assert.notEqual(answer.status, 502);
  await bed.simulator.ledger.waitForDelivery({ to: other }, { timeoutMs: 30_000 });
});
