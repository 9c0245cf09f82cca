import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { outboundGuard } from '../support/process/outbound-record.ts';
import { root } from './support/project.ts';

/** Addresses that belong to nobody (RFC 5737), and a name that nobody has (RFC 2606): nothing answers there. */
const address = '192.0.2.1';
const name = 'troupe.invalid';

/** Runs tests whose code this is under the guard and the project's reporter. */
function runTests(t: TestContext, source: string): { status: number | null; said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'some.test.mjs');
  writeFileSync(file, `import { test } from 'node:test';\n${source}`);
  const reporter = join(root, 'test/support/process/reporter.ts');
  const flags = ['--import', outboundGuard, '--test', `--test-reporter=${reporter}`];
  const options = { env: { PATH: process.env['PATH'], TMPDIR: folder }, encoding: 'utf8', timeout: 30_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, file], options);
  return { status, said: `${stdout}${stderr}` };
}

/** Whoever does it, and swallows whatever comes of it. */
const ways: Record<string, string> = {
  'net.connect': `(await import('node:net')).connect(80, '${address}').on('error', () => {})`,
  'a socket that nobody made with net.connect': `new (await import('node:net')).Socket().connect({ port: 80, host: '${address}' })`,
  'a name that a lookup of its own resolves': `(await import('node:net')).connect({ port: 80, host: 'localhost', lookup: (_, { all }, done) => (all ? done(null, [{ address: '${address}', family: 4 }]) : done(null, '${address}', 4)) }).on('error', () => {})`,
  tls: `(await import('node:tls')).connect(443, '${address}').on('error', () => {})`,
  http: `(await import('node:http')).get('http://${address}/').on('error', () => {})`,
  https: `(await import('node:https')).get('https://${address}/').on('error', () => {})`,
  http2: `(await import('node:http2')).connect('https://${address}').on('error', () => {})`,
  fetch: `await fetch('http://${address}/', { signal: AbortSignal.timeout(1_000) })`,
  'fetch by name': `await fetch('https://${name}/', { signal: AbortSignal.timeout(1_000) })`,
  WebSocket: `await new Promise((done) => new WebSocket('ws://${address}/').addEventListener('error', done))`,
  'a datagram': `(await import('node:dgram')).createSocket('udp4').unref().send('hello', 53, '${address}', () => {})`,
  'a connected datagram socket': `(await import('node:dgram')).createSocket('udp4').unref().connect(53, '${address}')`,
  'dns.lookup': `(await import('node:dns')).lookup('${name}', () => {})`,
  'dns.promises.lookup': `await (await import('node:dns/promises')).lookup('${name}')`,
  'promisify(dns.lookup)': `await (await import('node:util')).promisify((await import('node:dns')).lookup)('${name}')`,
  'dns.resolveTxt': `(await import('node:dns')).resolveTxt('${name}', () => {})`,
  'a resolver of its own': `await new (await import('node:dns/promises')).Resolver().resolve4('${name}')`,
};

test('whoever tries to reach another computer is named and fails the run, also when he swallows the error', (t) => {
  const tests = Object.entries(ways).map(
    ([way, code]) => `test(${JSON.stringify(way)}, async () => { try { ${code} } catch {} });`,
  );

  const { status, said } = runTests(t, tests.join('\n'));

  assert.equal(status, 1);
  const attempts = [...said.matchAll(/some\.test\.mjs tried to reach (\S+)/g)].map(([, whom = '']) => whom);
  assert.equal(attempts.length, tests.length, said);
  assert(attempts.every((whom) => whom.startsWith(address) || whom.startsWith(name)));
  assert.match(said, new RegExp(`${tests.length} passed, ${tests.length} failed\n`));
});

test('this computer may be reached, by address and by name', (t) => {
  const { status, said } = runTests(
    t,
    `import { createServer } from 'node:http';
     import { once } from 'node:events';
     test('itself', async () => {
       const server = createServer((_, response) => response.end('hello')).listen(0);
       await once(server, 'listening');
       for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
         await (await fetch('http://' + host + ':' + server.address().port)).text();
       }
       await new Promise((done) => server.close(done));
     });`,
  );

  assert.match(said, /1 passed, 0 failed\n/);
  assert.equal(status, 0);
});
