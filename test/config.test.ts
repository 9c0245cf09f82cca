import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ConfigError, readConfig } from '../src/config.ts';

test('without any setting the defaults apply', () => {
  const { nodeId: _, ...defaults } = readConfig({});

  assert.deepEqual(defaults, {
    host: '127.0.0.1',
    port: 8080,
    dataDir: './data',
    storePath: 'data/troupe.db',
    logLevel: 'info',
    sendTimeoutMs: 30_000,
    idempotencyStrict: false,
    requestsPerSecond: 5_000,
    maxSessionsPerOrganization: 1_000,
    corsOrigins: [],
    readsHistory: true,
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

test('metrics are off unless they are given a port of their own or a token', () => {
  const token = 'x'.repeat(16);

  assert.equal(readConfig({}).metrics, undefined);
  assert.deepEqual(readConfig({ METRICS_PORT: '9464' }).metrics, { port: 9464 });
  assert.deepEqual(readConfig({ METRICS_TOKEN: token }).metrics, { token });
  assert.deepEqual(readConfig({ METRICS_PORT: '0', METRICS_TOKEN: token }).metrics, { port: 0, token });
});

test('a token for the metrics that could be guessed or not be sent is refused, and not shown', () => {
  for (const token of ['short', 'x'.repeat(257), 'with a space in it', 'with-an-umlaut-in-ü']) {
    assert.throws(
      () => readConfig({ METRICS_TOKEN: token }),
      ({ message }: Error) => /METRICS_TOKEN must be 16 to 256/.test(message) && !message.includes(token),
    );
  }
  assert.throws(() => readConfig({ METRICS_PORT: '65536' }), /METRICS_PORT must be at most 65535/);
});

test('REDIS_URL puts the store in Redis, which is named without its password', () => {
  const { redis, storePath } = readConfig({ REDIS_URL: 'redis://me:secret@redis.example:6379/2', REDIS_REPLICAS: '1' });

  assert.deepEqual(redis, { url: 'redis://me:secret@redis.example:6379/2', replicas: 1 });
  assert.equal(storePath, 'in Redis at redis.example:6379/2');
  assert.equal(readConfig({}).redis, undefined);
});

test('a node that is not given a name makes one up, another one each time', () => {
  assert.equal(readConfig({ NODE_ID: 'node-1' }).nodeId, 'node-1');
  assert.notEqual(readConfig({}).nodeId, readConfig({}).nodeId);
});

test('without the address of published keys nobody logs in, with it the claims have names', () => {
  assert.equal(readConfig({}).logins, undefined);
  assert.deepEqual(readConfig({ JWKS_URL: 'https://login.example.com/jwks.json' }).logins, {
    jwksUrl: new URL('https://login.example.com/jwks.json'),
    orgClaim: 'org',
    roleClaim: 'role',
  });
});

test('published keys come encrypted, or from this machine', () => {
  for (const url of [
    'http://127.0.0.1:9/jwks',
    'http://localhost/jwks',
    'http://[::1]:9/jwks',
    'https://x.example/jwks',
  ]) {
    assert.equal(readConfig({ JWKS_URL: url }).logins?.jwksUrl.href, url);
  }
  for (const url of [
    'http://login.example.com/jwks',
    'http://127.0.0.1.example.com/',
    'file:///etc/passwd',
    'x',
    'https://a:b@x/',
  ]) {
    assert.throws(() => readConfig({ JWKS_URL: url }), /JWKS_URL must/);
  }
});

test('origins are told as browsers name them, and no other way', () => {
  const given = 'https://app.example.com, http://localhost:3000';
  assert.deepEqual(readConfig({ CORS_ORIGINS: given }).corsOrigins, [
    'https://app.example.com',
    'http://localhost:3000',
  ]);
  for (const wrong of [
    '*',
    'app.example.com',
    'https://app.example.com/',
    'https://app.example.com/page',
    'null',
    ',',
  ]) {
    assert.throws(() => readConfig({ CORS_ORIGINS: wrong }), /CORS_ORIGINS must be origins/, wrong);
  }
});

test('settings that mean nothing alone are refused', () => {
  assert.throws(
    () => readConfig({ JWT_ISSUER: 'x', JWT_AUDIENCE: 'y' }),
    /JWT_ISSUER .*JWKS_URL[\s\S]*JWT_AUDIENCE .*JWKS_URL/,
  );
});

test('the master key is read from hex and from base64 of either alphabet, padded or not', () => {
  const bytes = Buffer.concat([Buffer.from([0xfb, 0xff, 0xbf]), randomBytes(29)]);
  const base64 = bytes.toString('base64');

  for (const text of [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    base64,
    base64.slice(0, -1),
    `${base64}\n`,
  ]) {
    assert.deepEqual(readConfig({ MASTER_KEY: text }).masterKey?.export(), bytes);
  }
  assert.deepEqual(readConfig({ MASTER_KEY: bytes.toString('base64url') }).masterKey?.export(), bytes);
});

test('a master key of another length or form is refused, and never shown', () => {
  const hex = randomBytes(32).toString('hex');

  for (const text of [hex.slice(1), `${hex}00`, `x${hex.slice(1)}`, 'secret', randomBytes(16).toString('base64')]) {
    assert.throws(
      () => readConfig({ MASTER_KEY: text }),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /MASTER_KEY must be 32 bytes in hex or base64/);
        assert.ok(!inspect(error, { depth: null }).includes(text));
        return true;
      },
    );
  }
  const config = readConfig({ MASTER_KEY: hex });
  assert.ok(!`${inspect(config, { depth: null })}${JSON.stringify(config)}`.includes(hex));
});
