import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { startWorld, to } from '../faults/world.ts';
import { figuresAt } from '../support/figures.ts';

const token = 'for-the-metrics-only';
const project = resolve(import.meta.dirname, '../..');

test('a gateway needs no more than to read its program and to write its data: no other folder, program, thread or add-on', async () => {
  await using world = await startWorld();
  const data = world.directory.path;
  const readable = [project, data].map((path) => `--allow-fs-read=${path}`);
  const gateway = await world.start([], { METRICS_TOKEN: token }, [
    '--permission',
    ...readable,
    `--allow-fs-write=${data}`,
  ]);

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
