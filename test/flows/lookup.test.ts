import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestBed } from '../support/gateway/gateway.ts';

test('a WhatsApp that does not answer a look-up leaves the send in doubt; it is no unknown recipient', async () => {
  // Longer than a look-up may take (15 s), so that its end is what is seen here.
  await using bed = await startTestBed({ SEND_TIMEOUT_MS: '17000' });
  const [known, other] = ['6281234567890', '6281234567891'];
  for (const phone of [known, other]) bed.simulator.addContact({ phone });
  const client = await bed.client();
  const session = await client.linked(bed.simulator, '491700000001');
  await client.sendText(session, `${known}@s.whatsapp.net`, 'found');

  bed.simulator.faults.add({ kind: 'silence', times: 1, deliver: true, afterAck: true });
  await client.sendText(session, `${known}@s.whatsapp.net`, 'the last word for a while');
  const answer = await client.sendText(session, `${other}@s.whatsapp.net`, 'looked up in vain');

  assert.notEqual(answer.status, 502);
  await bed.simulator.ledger.waitForDelivery({ to: other }, { timeoutMs: 30_000 });
});
