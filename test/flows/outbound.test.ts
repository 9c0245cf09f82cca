import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { silenceConsole } from '../../simulator/quiet-console.ts';
import { recipient, startWorld, to } from '../faults/world.ts';
import { eventually } from '../support/eventually.ts';
import { Issuer } from '../support/issuer.ts';

const phone = '491700000001';
const record = join(import.meta.dirname, '../support/outbound/record.ts');
const link = 'look at https://example.com/page?of=this';

test('a gateway connects to WhatsApp and to the issuer of its logins, and to nothing else', async () => {
  silenceConsole();
  await using issuer = await Issuer.start();
  await using world = await startWorld({ JWKS_URL: issuer.url.href });
  const friend = world.simulator.addContact({ phone: '15550000009', name: 'Ada' });
  const gateway = await world.start([record]);
  const { client, simulator } = world;

  const session = await client.linked(simulator, phone);
  assert.equal((await client.sendText(session, to, link)).status, 200);
  const answer = await friend.sendText(phone, link);
  const quote = { to: '15550000009@s.whatsapp.net', type: 'text', text: link, replyTo: answer };
  await eventually(async () => {
    assert.equal((await client.call('POST', `/sessions/${session}/messages`, quote)).status, 200);
  });
  simulator.disconnect(phone, { streamError: 515 });
  await client.sendText(session, `${recipient}@s.whatsapp.net`, link);
  await gateway.end('SIGTERM');

  const reached = new Set([...gateway.output().matchAll(/^outbound (\S+)$/gm)].map(([, place]) => place));
  assert.deepEqual(reached, new Set([new URL(simulator.url).host, issuer.url.host]));
});
