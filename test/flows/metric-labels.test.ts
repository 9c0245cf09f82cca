import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../support/gateway/client.ts';
import { recipient, to } from '../support/gateway/environment.ts';
import { startTestBed, type TestBed } from '../support/gateway/gateway.ts';
import { type Figures, figuresAt } from '../support/prometheus-text.ts';

/** A word, a class of status, or the `le` and the `quantile` of a distribution: nothing that tells anybody apart. */
function faultsIn({ samples }: Figures): string[] {
  const labels = samples.flatMap((sample) => Object.entries(sample.labels));
  const named = labels.filter(([name]) => name !== 'le' && name !== 'quantile');
  return named.filter(([, value]) => !/^[A-Za-z_]{1,40}$|^[1-5]xx$/.test(value)).map((label) => label.join('='));
}

/** Everything that a session can be asked, once, also in vain. */
async function use(bed: TestBed, client: Client, session: string): Promise<void> {
  await client.sendText(session, to, 'hello');
  const keyed = { 'idempotency-key': `key-${session}` };
  const queue = `/sessions/${session}/messages?async=true`;
  await client.call('POST', queue, { to, type: 'text', text: 'later' }, keyed);
  await client.call('POST', queue, { to, type: 'text', text: 'later' }, keyed);
  await client.call('GET', `/sessions/${session}`);
  await client.call('GET', `/sessions/${session}/outbox/${session}`);
  await client.call('GET', `/sessions/${session}/groups/${encodeURIComponent('120363021234567890@g.us')}`);
  await fetch(`${bed.gateway.url}/${session}/${recipient}`);
}

test('200 sessions have no more series than one, and no label tells who, which or how many', async () => {
  await using bed = await startTestBed({ METRICS_PORT: '0' });
  bed.simulator.addContact({ phone: recipient });
  const client = await bed.client();
  const first = await client.linked(bed.simulator, '491700000001');
  await use(bed, client, first);
  // What an idle session answers, too.
  await use(bed, client, (await client.created()).id);
  const before = await figuresAt(bed.gateway.metricsUrl);

  for (let organization = 0; organization < 20; organization += 1) {
    const other = await bed.client({ organization: `org-${organization}` });
    const sessions = await Promise.all(Array.from({ length: 10 }, () => other.created()));
    await Promise.all(sessions.map(({ id }) => use(bed, other, id)));
  }
  const second = await client.linked(bed.simulator, '491700000002');
  await use(bed, client, second);
  const after = await figuresAt(bed.gateway.metricsUrl);

  assert.equal(after.of('sessions', { status: 'stopped' }), 201);
  assert.equal(after.of('sessions', { status: 'connected' }), 2);
  assert.deepEqual(
    [...after.series].filter((series) => isOurs(series) && !before.series.has(series)),
    [],
  );
  assert.deepEqual(faultsIn(after), []);
  assert(after.series.size < 1_000, `${after.series.size} series`);
});

/** Node has names of its own for what a process has open, which come and go. */
function isOurs(series: string): boolean {
  return !/^troupe_(nodejs|process)_/.test(series);
}
