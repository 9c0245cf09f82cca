import assert from 'node:assert/strict';
import { test } from 'node:test';
import { to } from '../support/gateway/environment.ts';
import { linkedBed } from '../support/gateway/linked-bed.ts';

test('a device that could not decrypt a message gets it again from a gateway that was restarted meanwhile', async () => {
  await using linked = await linkedBed();
  const { bed, client, session, contact: ada } = linked;
  await client.sendText(session, to, 'sets the Signal sessions up');
  ada.failDecryption({ device: 1, times: 1 });

  // The connection is gone before the device can ask: its request waits for the next login.
  bed.simulator.faults.add({ kind: 'reset', times: 1, deliver: true, afterAck: true });
  const sent = await client.sendText(session, to, 'read me');
  assert.equal(sent.status, 200);
  await bed.restart();

  const delivery = await bed.simulator.ledger.waitFor(
    (entry) => entry.kind === 'delivery' && entry.text === 'read me' && entry.device === 1 && entry.to === ada.phone,
    { timeoutMs: 15_000 },
  );
  assert.ok(delivery.kind === 'delivery' && delivery.resend > 0);
});
