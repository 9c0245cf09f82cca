import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { startSimulator } from '../../simulator/simulator.ts';
import { startWorld } from '../faults/support/world.ts';
import { to } from '../support/gateway/environment.ts';
import { startGatewayProcess } from '../support/gateway/gateway-process.ts';
import { figuresAt } from '../support/prometheus-text.ts';

const token = 'for-the-metrics-only';
const project = resolve(import.meta.dirname, '../..');

/** The flags that `docs/deploy.md` shows. */
function confinedTo(data: string): string[] {
  return ['--permission', `--allow-fs-read=${project}`, `--allow-fs-read=${data}`, `--allow-fs-write=${data}`];
}

test('the first start in a narrow place makes the master key', async () => {
  await using simulator = await startSimulator();
  const data = await mkdtemp(join(tmpdir(), 'troupe-test-'));
  await using _folder = { [Symbol.asyncDispose]: () => rm(data, { recursive: true }) };
  const settings = { DATA_DIR: data, WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };

  const gateway = await startGatewayProcess(settings, [], confinedTo(data));
  const code = await gateway.end('SIGTERM');

  assert.equal(code, 0);
  assert.match(await readFile(join(data, 'master.key'), 'utf8'), /^[0-9a-f]{64}\n$/);
});

test('a gateway needs no more than to read its program and to write its data: no other folder, program, thread or add-on', async () => {
  await using world = await startWorld();
  const data = world.directory.path;
  const gateway = await world.start([], { METRICS_TOKEN: token }, confinedTo(data));

  const session = await world.client.linked(world.simulator, '491700000001');
  const sent = await world.client.sendText(session, to, 'from a narrow place');
  const figures = await figuresAt(`${gateway.url}/metrics`, token);
  const page = await fetch(`${gateway.url}/console`);
  const code = await gateway.end('SIGTERM');

  assert.equal(sent.status, 200);
  assert.equal(figures.of('sends_total', { outcome: 'sent' }), 1);
  assert.equal(page.status, 200);
  assert.equal(code, 0);
});
