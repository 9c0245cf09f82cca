import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from '../src/config.ts';

test('without any setting the defaults apply', () => {
  assert.deepEqual(readConfig({}), {
    host: '127.0.0.1',
    port: 8080,
    dataDir: './data',
    storePath: 'data/troupe.db',
    logLevel: 'info',
    sendTimeoutMs: 30_000,
    idempotencyStrict: false,
    ignored: [],
  });
});

test('an empty value counts as not given', () => {
  assert.equal(readConfig({ PORT: '', WHATSAPP_URL: '' }).port, 8080);
});

test('all faults are told at once, each with the name of its setting', () => {
  assert.throws(
    () => readConfig({ PORT: '70000', LOG_LEVEL: 'loud', WHATSAPP_URL: 'http://x', WHATSAPP_ROOT_KEY: 'ab' }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      const lines = error.message.split('\n').slice(1);
      const names = lines.map((line) => line.trim().split(' ')[0]);
      assert.deepEqual(names, ['PORT', 'LOG_LEVEL', 'WHATSAPP_URL', 'WHATSAPP_ROOT_KEY']);
      return true;
    },
  );
});

test('settings of later versions are named as ignored, never silently accepted', () => {
  assert.deepEqual(readConfig({ REDIS_URL: 'redis://x', MASTER_KEY: 'ab' }).ignored, ['REDIS_URL', 'MASTER_KEY']);
});
