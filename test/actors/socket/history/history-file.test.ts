import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { historyUrl, loadHistory } from '../../../../src/actors/socket/history/history-file.ts';
import { startSimulator } from '../../../simulator/support/simulator.ts';

test('a history is downloaded from the media servers of WhatsApp, whatever its path says', () => {
  for (const path of [
    '/v/t62.1/abc?ccb=11-4',
    '/@example.org/abc',
    '//example.org/abc',
    '/..//example.org',
    '/\\example.org',
  ]) {
    const { protocol, host } = historyUrl(path, undefined);
    assert.deepEqual([protocol, host], ['https:', 'mmg.whatsapp.net'], path);
  }
  for (const path of ['@example.org/abc', 'https://example.org/abc', '.example.org/', ':1234/', '']) {
    assert.throws(() => historyUrl(path, undefined), /without a path/);
  }
  assert.equal(historyUrl('/v/abc?x=1', 'ws://127.0.0.1:7700/ws/chat').href, 'http://127.0.0.1:7700/v/abc?x=1');
});

test('what inflates beyond the limit is not read', async () => {
  const initialHistBootstrapInlinePayload = deflateSync(Buffer.alloc(70 * 1024 * 1024));

  await assert.rejects(loadHistory({ initialHistBootstrapInlinePayload }, undefined), /larger than/);
});

test('a file that is not there, or not the one that the phone means, is an error', async () => {
  await using simulator = await startSimulator();
  const mediaKey = Buffer.alloc(32);

  await assert.rejects(loadHistory({ directPath: '/v/missing', mediaKey }, simulator.url), /answered 404/);
  await assert.rejects(loadHistory({ directPath: '/v/missing' }, simulator.url), /without a key/);
});
