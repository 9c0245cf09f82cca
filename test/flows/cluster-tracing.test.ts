import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggerTo } from '../../src/logger.ts';
import { eventually } from '../support/eventually.ts';
import { startCluster } from '../support/gateway/cluster.ts';
import { to } from '../support/gateway/environment.ts';
import { inProcess } from '../support/gateway/launcher.ts';
import { SendTrail } from '../support/gateway/send-trail.ts';

const traces = { sync: '4bf92f3577b34da6a3ce929d0e0e4736', async: '0af7651916cd43dd8448eb211c80319c' };

test('a send that another node carries out keeps the trace of its request', async () => {
  const trail = new SendTrail();
  await using cluster = await startCluster(inProcess(loggerTo(trail, 'info')), { devices: 1 });
  const owner = (await cluster.start('owner')).client;
  const session = await owner.linked(cluster.simulator, '491700000001');
  const other = (await cluster.start('other')).client;
  const send = (query: string, traceId: string) =>
    other.call(
      'POST',
      `/sessions/${session}/messages${query}`,
      { to, type: 'text', text: 'by letter' },
      { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    );

  const [sync, queued] = [await send('', traces.sync), await send('?async=true', traces.async)];

  assert.deepEqual([sync.status, queued.status], [200, 202]);
  await eventually(() => {
    for (const step of ['send begun', 'send acknowledged', 'request']) assert(trail.of(traces.sync).includes(step));
    for (const step of ['send accepted', 'send begun', 'send acknowledged']) {
      assert(trail.of(traces.async).includes(step));
    }
  });
});
