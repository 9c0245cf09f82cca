import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi } from '../support/api.ts';
import { errorOf } from '../support/envelope.ts';

test('/livez says ok without a key and with any query', async () => {
  await using api = await startApi({ readiness: () => ({ ready: false }) });

  for (const target of ['GET /livez', 'GET /livez?probe=1']) {
    const { status, json } = await api.ask(target);
    assert.deepEqual([status, json], [200, { status: 'ok' }]);
  }
  const head = await api.ask('HEAD /livez');
  assert.deepEqual([head.status, head.text, head.headers.get('content-length')], [200, '', '15']);
});

test('/readyz is 200 or 503, with what is known about it', async () => {
  let ready = true;
  await using api = await startApi({ readiness: async () => ({ ready, details: { sessions: 3 } }) });

  const before = await api.ask('GET /readyz');
  ready = false;
  const after = await api.ask('GET /readyz');

  assert.deepEqual([before.status, before.json], [200, { status: 'ok', sessions: 3 }]);
  assert.deepEqual([after.status, after.json], [503, { status: 'unavailable', sessions: 3 }]);
});

test('a readiness that cannot be found out is an inner fault and says nothing', async () => {
  await using api = await startApi({
    readiness: () => {
      throw new Error('disk I/O error');
    },
  });

  errorOf(await api.ask('GET /readyz'), 500, 'internal');
});
