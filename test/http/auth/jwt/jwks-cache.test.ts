import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import pino from 'pino';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { createJwtVerifier, type JwtVerifier } from '../../../../src/http/auth/jwt/jwt-verifier.ts';
import { eventually } from '../../../support/eventually.ts';
import { Issuer, signingKey } from '../../../support/gateway/issuer.ts';
import { CountingClock } from '../../../support/simulated-clock.ts';
import { RecordedLog } from '../../support/recorded-log.ts';

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

interface Driven extends Disposable {
  logins: JwtVerifier;
  log: RecordedLog;
  /** Lets time pass, and waits until the keys have been asked for so many times in all and it is known what came of it. */
  pass(ms: number, asked?: number): Promise<void>;
  accepts(token: string): Promise<boolean>;
}

/** Login tokens of an issuer, in a time that the test drives. Tokens are valid throughout. */
async function drive(issuer: Issuer): Promise<Driven> {
  const clock = new CountingClock();
  const startedAt = Date.now();
  const log = new RecordedLog();
  const settings = { jwksUrl: issuer.url, orgClaim: 'org', roleClaim: 'role' };
  const logins = createJwtVerifier(settings, {
    logger: pino({}, log),
    now: () => startedAt + clock.now(),
    delay: (ms, run) => clock.after(ms, run),
  });
  // What waits is the next question, once the latest one is over.
  const settled = (asked: number) => eventually(() => assert.deepEqual([issuer.asked, clock.waiting], [asked, 1]));
  await settled(1);
  return {
    logins,
    log,
    pass: async (ms, asked = issuer.asked) => {
      clock.time.increment(ms);
      await settled(asked);
    },
    accepts: async (token) => (await logins.verify(token)) !== null,
    [Symbol.dispose]: () => logins[Symbol.dispose](),
  };
}

function lasting(issuer: Issuer, key = issuer.key): Promise<string> {
  return issuer.token({ exp: Math.floor(Date.now() / 1_000) + 10 * 24 * 3600 }, key);
}

const unreachable = 'JWKS could not be fetched';

const fails = (response: ServerResponse) => response.writeHead(500).end();

test('known keys go on while they cannot be asked for, for a day', async () => {
  await using issuer = await Issuer.start();
  using driven = await drive(issuer);
  const token = await lasting(issuer);
  assert.equal(await driven.accepts(token), true);

  issuer.fault = fails;
  await driven.pass(5 * minute, 2);
  assert.equal(await driven.accepts(token), true);
  assert.equal(driven.log.lines.at(-1)?.msg, unreachable);
  await driven.pass(23 * hour, 3);

  assert.equal(await driven.accepts(token), true);
  await driven.pass(hour, 4);
  await assert.rejects(driven.accepts(token), (error) => {
    assert.ok(error instanceof GatewayError);
    assert.equal(error.refusal.code, 'unavailable');
    return true;
  });
});

test('a new key is asked for when a token needs it, at most every 30 s', async () => {
  await using issuer = await Issuer.start();
  using driven = await drive(issuer);
  assert.equal(await driven.accepts(await lasting(issuer)), true);
  const next = await signingKey('next');
  issuer.keys = [next];
  const token = await lasting(issuer, next);

  assert.equal(await driven.accepts(token), false);
  await driven.pass(29 * second);
  assert.equal(await driven.accepts(token), false);
  assert.equal(issuer.asked, 1);
  await driven.pass(second);

  assert.equal(await driven.accepts(token), true);
  assert.equal(issuer.asked, 2);
});

test('a key that took the place of another under the same id is asked for, too', async () => {
  await using issuer = await Issuer.start();
  using driven = await drive(issuer);
  assert.equal(await driven.accepts(await lasting(issuer)), true);
  issuer.keys = [await signingKey(issuer.key.kid)];
  await driven.pass(30 * second);

  assert.equal(await driven.accepts(await lasting(issuer)), true);
});

test('ten thousand made-up key ids cause one question, and valid tokens do not wait', async () => {
  await using issuer = await Issuer.start();
  using driven = await drive(issuer);
  const valid = await lasting(issuer);
  await driven.accepts(valid);
  await driven.pass(30 * second);
  const stranger = await signingKey('stranger');
  const [, body, signature] = (await lasting(issuer, stranger)).split('.');

  const madeUp = Array.from({ length: 10_000 }, (_, kid) => {
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid: `made-up-${kid}` })).toString('base64url');
    return driven.accepts(`${header}.${body}.${signature}`);
  });
  assert.equal(await driven.accepts(valid), true);

  assert.ok((await Promise.all(madeUp)).every((accepted) => !accepted));
  assert.equal(issuer.asked, 2);
});

test('a withdrawn key is refused after five minutes', async () => {
  await using issuer = await Issuer.start();
  using driven = await drive(issuer);
  const old = await lasting(issuer);
  assert.equal(await driven.accepts(old), true);
  issuer.keys = [await signingKey('next')];

  await driven.pass(5 * minute, 2);

  assert.equal(await driven.accepts(old), false);
});

test('after a fault at the issuer a new key is accepted within half a minute', async () => {
  await using issuer = await Issuer.start();
  using driven = await drive(issuer);
  issuer.fault = fails;
  await driven.pass(5 * minute, 2);
  // Each failure doubles the wait, up to 30 s.
  for (const [index, wait] of [1, 2, 4, 8, 16, 30, 30].entries()) {
    await driven.pass(wait * second, 3 + index);
  }
  const next = await signingKey('next');
  issuer.keys = [next];
  issuer.fault = null;

  await driven.pass(30 * second, 10);

  assert.equal(await driven.accepts(await lasting(issuer, next)), true);
  assert.equal(driven.log.lines.at(-1)?.msg, 'JWKS fetched again');
});

test('a login before any key is known is 503, not 401, and works as soon as there are keys', async () => {
  await using issuer = await Issuer.start();
  issuer.fault = fails;
  using driven = await drive(issuer);
  const token = await lasting(issuer);

  await assert.rejects(driven.accepts(token), /cannot be verified/);
  issuer.fault = null;
  await driven.pass(second, 2);

  assert.equal(await driven.accepts(token), true);
});

const uselessAnswers: Record<string, (response: ServerResponse) => void> = {
  'a redirect': (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
  'no JSON': (response) => response.end('<html>'),
  'no JWKS': (response) => response.end('{}'),
  'no keys': (response) => response.end('{"keys":[]}'),
  'no key that could verify anything': (response) => response.end('{"keys":[{"kty":"oct","k":"c2VjcmV0"},{},7]}'),
  'too many keys': (response) => response.end(JSON.stringify({ keys: Array(21).fill({ kty: 'EC' }) })),
  'too much': (response) => response.end(JSON.stringify({ keys: [], ballast: 'x'.repeat(65 * 1024) })),
  'no answer': (response) => response.destroy(),
};

test('what is no key is passed over among those that are', async () => {
  await using issuer = await Issuer.start();
  const token = await lasting(issuer);
  const { jwk } = issuer.key;
  issuer.fault = (response) =>
    response.end(JSON.stringify({ keys: [{ use: 'sig' }, null, { kty: 'oct', k: 'eA' }, jwk] }));

  using driven = await drive(issuer);

  assert.equal(await driven.accepts(token), true);
});

for (const [name, answer] of Object.entries(uselessAnswers)) {
  test(`an issuer that answers with ${name} does not take the good keys away`, async () => {
    await using issuer = await Issuer.start();
    using driven = await drive(issuer);
    const token = await lasting(issuer);
    assert.equal(await driven.accepts(token), true);
    issuer.fault = answer;

    await driven.pass(5 * minute, 2);

    assert.equal(driven.log.lines.at(-1)?.msg, unreachable);
    assert.equal(await driven.accepts(token), true);
  });
}
