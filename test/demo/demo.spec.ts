import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { Demo } from './support/demo.ts';

const run = promisify(execFile);
const curl = join(import.meta.dirname, 'support/curl.ts');

/** The output without what differs from run to run. */
function lasting(output: string): string {
  return output
    .replaceAll(/[0-7][0-9A-HJKMNP-TV-Z]{25}/g, '<id>')
    .replaceAll(/3EB0[0-9A-F]{18}/g, '<WhatsApp id>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '<address>')
    .replaceAll(/\d+ ms/g, '<time>');
}

/** A demo that has come to its end and waits. */
async function invited(environment: NodeJS.ProcessEnv = {}): Promise<Demo> {
  const demo = await Demo.start([], environment);
  await eventually(() => assert.match(demo.output, /Ctrl-C ends the demo/), 30_000);
  return demo;
}

/** Runs the commands that the demo shows, as they stand there, and yields what each of them answered. */
async function paste(output: string): Promise<unknown[]> {
  const commands = output.split('\n').filter((line) => /^ {2}(?:export|curl) /.test(line));
  const script = ['curl() { "$NODE" "$CURL" "$@"; }', ...commands].join('\n');
  const env = { PATH: process.env['PATH'], NODE: process.execPath, CURL: curl };
  const { stdout } = await run('sh', ['-e', '-c', script], { env });
  return stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

async function occupy(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    // Somebody else has it, which is as good.
    return undefined;
  }
}

test('links a number, sends it a text, sees it decrypted, and exits 0 with --once', async () => {
  await using demo = await Demo.start(['--once']);

  assert.equal(await demo.ended(), 0, demo.output);

  assert.match(demo.output, /messages → 200 after \d+ ms\n.*status "sent", WhatsApp id 3EB0[0-9A-F]{18}/);
  assert.match(demo.output, /decrypted.*\n +phone: "Hello from Troupe!"\n +linked device 1: "Hello from Troupe!"/);
  assert.doesNotMatch(demo.output, /^\{/m, 'there is no log unless it is asked for');
  assert.deepEqual(await demo.leftovers(), []);

  const page = await readFile(join(import.meta.dirname, '../../docs/demo.md'), 'utf8');
  const [steps = ''] = demo.output.split('\n\nEverything worked.');
  assert(lasting(page).includes(`\`\`\`\n${lasting(steps)}\n\`\`\``), 'docs/demo.md shows what the demo prints');
});

test('stays up with commands that work when they are pasted into a shell', async () => {
  await using demo = await invited();

  const [sent, session, deliveries, fault] = await paste(demo.output);

  assert.partialDeepStrictEqual(sent, { mode: 'sync', status: 'sent' });
  assert.partialDeepStrictEqual(session, { status: 'connected', phoneNumber: '15551234567' });
  assert.match(JSON.stringify(deliveries), /"text":"Hello from Troupe!".*"text":"My first message"/);
  assert.partialDeepStrictEqual(fault, { rule: { kind: 'no-ack', times: 1 } });
});

test('ends on Ctrl-C with exit code 0 and leaves nothing behind', async () => {
  await using demo = await invited();

  demo.interrupt();

  assert.equal(await demo.ended(), 0, demo.output);
  assert.deepEqual(await demo.leftovers(), []);
});

test('writes the log when LOG_LEVEL asks for it', async () => {
  await using demo = await Demo.start(['--once'], { LOG_LEVEL: 'info' });

  assert.equal(await demo.ended(), 0, demo.output);
  assert.match(demo.output, /^\{"level":30,.*"route":"sendMessage","status":200/m);
});

test('takes another port when the usual one is taken', async () => {
  const server = await occupy(8080);
  await using demo = await Demo.start(['--once']);

  assert.equal(await demo.ended(), 0, demo.output);
  server?.close();

  assert.match(demo.output, /gateway runs at http:\/\/127\.0\.0\.1:\d+/);
  assert.doesNotMatch(demo.output, /gateway runs at http:\/\/127\.0\.0\.1:8080/);
});

test('says why, exits 1 and leaves nothing behind when the port that was asked for is taken', async () => {
  const server = await occupy(0);
  const address = server?.address();
  assert(typeof address === 'object' && address !== null);
  await using demo = await Demo.start(['--once'], { PORT: String(address.port) });

  assert.equal(await demo.ended(), 1);
  server?.close();

  assert.match(demo.output, /The demo did not succeed: .*address already in use/);
  assert.deepEqual(await demo.leftovers(), []);
});

test('says so, exits 1 and leaves nothing behind when it takes too long', async () => {
  await using demo = await Demo.start(['--once', '--within', '0.001']);

  assert.equal(await demo.ended(), 1);

  assert.match(demo.output, /The demo did not succeed: it took longer than 0\.001 s/);
  assert.deepEqual(await demo.leftovers(), []);
});
