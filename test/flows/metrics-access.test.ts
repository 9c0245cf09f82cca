import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { RecordedLog } from '../http/support/recorded-log.ts';
import { startTestBed } from '../support/gateway/gateway.ts';
import { figuresAt } from '../support/prometheus-text.ts';

const token = 'a token for the metrics only'.replaceAll(' ', '-');
const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });

test('without a setting there are no metrics, and nothing is at their path', async () => {
  await using bed = await startTestBed();
  const client = await bed.client();

  const answer = await fetch(`${bed.gateway.url}/metrics`, bearer(client.token));

  assert.equal(answer.status, 404);
  assert.equal(bed.gateway.metricsUrl, null);
});

test('with a token they are on the main port, for whoever brings it and nobody else', async () => {
  await using bed = await startTestBed({ METRICS_TOKEN: token });
  const client = await bed.client();
  const url = `${bed.gateway.url}/metrics`;

  const answer = await fetch(url, bearer(token));

  assert.equal(bed.gateway.metricsUrl, url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(await answer.text(), /^# TYPE troupe_sessions gauge$/m);
  for (const wrong of ['', client.token, token.slice(1), `${token}-`]) {
    const refused = await fetch(url, bearer(wrong));
    assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [401, 'Bearer']);
    assert.doesNotMatch(await refused.text(), /troupe_/);
  }
  assert.equal((await fetch(url)).status, 401);
  assert.equal((await fetch(url, { headers: { 'x-api-key': token } })).status, 401);
});

test('a token lets in to the metrics only', async () => {
  await using bed = await startTestBed({ METRICS_TOKEN: token });

  assert.equal((await fetch(`${bed.gateway.url}/api/v1/sessions`, bearer(token))).status, 401);
});

test('with a port of their own they are there only, and nothing else is', async () => {
  await using bed = await startTestBed({ METRICS_PORT: '0' });
  const client = await bed.client();
  const url = bed.gateway.metricsUrl ?? '';

  assert.notEqual(new URL(url).port, new URL(bed.gateway.url).port);
  assert.equal((await figuresAt(url)).of('store_working'), 1);
  assert.equal((await fetch(url, { method: 'HEAD' })).status, 200);
  assert.equal((await fetch(`${bed.gateway.url}/metrics`)).status, 404);
  for (const [path, method] of [
    ['/', 'GET'],
    ['/livez', 'GET'],
    ['/metrics', 'POST'],
    ['/api/v1/sessions', 'GET'],
  ] as const) {
    const answer = await fetch(new URL(path, url), { ...bearer(client.token), method });
    assert.deepEqual([answer.status, answer.headers.get('cache-control')], [404, 'no-store'], path);
  }
});

test('with both, the token is asked for at their own port', async () => {
  await using bed = await startTestBed({ METRICS_PORT: '0', METRICS_TOKEN: token });

  assert.equal((await fetch(bed.gateway.metricsUrl ?? '')).status, 401);
  assert.equal((await figuresAt(bed.gateway.metricsUrl, token)).of('sessions'), 0);
});

test('a port of their own that is taken keeps the gateway from starting, and nothing is left running', async () => {
  await using bed = await startTestBed();
  const { port } = new URL(bed.gateway.url);

  await assert.rejects(startTestBed({ METRICS_PORT: port }), { code: 'EADDRINUSE' });
});

test('they can be read until the end, and not afterwards', async () => {
  await using bed = await startTestBed({ METRICS_PORT: '0' });
  const url = bed.gateway.metricsUrl ?? '';

  await bed.gateway.close();

  await assert.rejects(fetch(url));
});

test('a port that others can reach is warned of, unless it takes a token', async () => {
  const warnings = async (settings: NodeJS.ProcessEnv) => {
    const log = new RecordedLog();
    await using _ = await startTestBed(settings, pino({ level: 'warn' }, log));
    return log.lines.filter(({ msg }) => String(msg).includes('METRICS_TOKEN is not set'));
  };

  assert.equal((await warnings({ HOST: '0.0.0.0', METRICS_PORT: '0' })).length, 1);
  assert.equal((await warnings({ HOST: '0.0.0.0', METRICS_PORT: '0', METRICS_TOKEN: token })).length, 0);
  assert.equal((await warnings({ METRICS_PORT: '0' })).length, 0);
});
