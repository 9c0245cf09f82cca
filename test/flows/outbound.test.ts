import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startWorld } from '../faults/support/world.ts';
import { SseClient } from '../http/support/sse.ts';
import { eventually } from '../support/eventually.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { Issuer } from '../support/gateway/issuer.ts';

const log = join(import.meta.dirname, '../support/process/outbound-log.ts');
const own = '491700000001';
const link = 'https://troupe.invalid/a/page?to=preview';

test('a gateway reaches WhatsApp, the issuer of its logins and nobody else: no version, no preview of a link, no telemetry, no question for a name', async () => {
  await using issuer = await Issuer.start();
  await using world = await startWorld({ JWKS_URL: issuer.url.href });
  const file = join(world.directory.path, 'outbound.log');
  const gateway = await world.start([log], { OUTBOUND_LOG: file });
  world.simulator.knownPhone(own).setHistory({ chats: [{ phone: recipient }, { phone: '6281234567891' }] });
  const session = await world.client.linked(world.simulator, own);
  const headers = { authorization: `Bearer ${world.client.token}` };
  await using stream = await SseClient.open(`${gateway.url}/api/v1/events?event=message`, headers);

  const text = await world.client.sendText(session, to, `look at ${link}`);
  const contact = world.simulator.contacts().find(({ phone }) => phone === recipient);
  const received = await contact?.sendText(own, `no, look at ${link}`);
  await eventually(() => assert(stream.events.some(({ data }) => data?.includes(received ?? 'nothing'))));
  const before = await reached(file);
  world.simulator.disconnect(own, 'reset');
  await eventually(async () => assert((await reached(file)).length > before.length));
  await world.client.until(session, 'connected');
  const again = await world.client.sendText(session, to, link);
  await gateway.end('SIGTERM');

  assert.deepEqual([text.status, again.status], [200, 200]);
  const { hostname, port } = new URL(world.simulator.url);
  assert.deepEqual(
    new Set(await reached(file)),
    new Set([`tcp ${hostname} ${port}`, `tcp ${issuer.url.hostname} ${issuer.url.port}`]),
  );
});

async function reached(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter((line) => line !== '');
}
