import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

const guard = join(import.meta.dirname, '../support/outbound/guard.ts');

/** Runs a line of code under the guard. */
async function run(code: string): Promise<{ status: number; said: string }> {
  const child = spawn(process.execPath, ['--import', guard, '--input-type=module', '--eval', code]);
  const [said, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { status, said };
}

const attempts: Record<string, string> = {
  fetch: "await fetch('http://example.com/')",
  https: "(await import('node:https')).get('https://198.51.100.1/').on('error', () => 0)",
  'a socket by name': "(await import('node:net')).connect(443, 'example.com').on('error', () => 0)",
  'a socket by address': "(await import('node:net')).connect({ port: 443, host: '2001:db8::1' }).on('error', () => 0)",
  'a question for a name': "await (await import('node:dns/promises')).lookup('example.com')",
  'a question to a name server': "await (await import('node:dns/promises')).resolve4('example.com')",
  'a datagram': "(await import('node:dgram')).createSocket('udp4').send('x', 53, '198.51.100.1', () => 0)",
};

for (const [name, code] of Object.entries(attempts)) {
  test(`the guard ends a process that tries to leave this machine by ${name}, caught or not`, async () => {
    const { status, said } = await run(`try { ${code} } catch {}`);

    assert.equal(status, 97, said);
    assert.match(said, /A test tried to reach/);
  });
}

test('the guard lets a process reach its own machine', async () => {
  const code = `
    import { createServer } from 'node:http';
    const server = createServer((_, response) => response.end('hello')).listen(0, async () => {
      for (const host of ['127.0.0.1', 'localhost']) await (await fetch('http://' + host + ':' + server.address().port)).text();
      server.close();
    });`;

  assert.deepEqual(await run(code), { status: 0, said: '' });
});

test('the whole suite runs under the guard', () => {
  assert.ok(process.execArgv.some((argument) => argument.endsWith('test/support/outbound/guard.ts')));
});
