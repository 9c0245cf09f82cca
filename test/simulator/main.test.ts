import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { linkedClient, sendText } from './support/client.ts';

const MAIN = new URL('../../simulator/main.ts', import.meta.url).pathname;

test('the command prints where clients connect, has contacts, and stops at SIGTERM', async () => {
  const { child, greeting, controlUrl } = await start();
  assert.match(greeting, /WHATSAPP_URL=ws:\/\/127\.0\.0\.1:\d+\/ws\/chat$/m);
  assert.match(greeting, /WHATSAPP_ROOT_KEY=[0-9a-f]{64}$/m);
  const contacts: { data: { phone: string }[] } = JSON.parse(await (await fetch(`${controlUrl}/contacts`)).text());
  assert.ok(contacts.data.length > 0);
  for (const { phone } of contacts.data) assert.ok(greeting.includes(phone));

  await stop(child);
});

test('the command prints nothing more, although libsignal would print private keys', async () => {
  const { child, greeting, controlUrl } = await start();
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => printed.push(String(data)));
  const simulator = {
    url: value(greeting, 'WHATSAPP_URL'),
    rootKey: value(greeting, 'WHATSAPP_ROOT_KEY'),
    scanQr: async (qr: string, phone: string) => {
      await post(`${controlUrl}/scan`, { qr, phone });
    },
  };
  const { socket } = await linkedClient(simulator, '15551234567');
  const read = new Promise<void>((resolve) => socket.ws.on('CB:receipt,type:read', () => resolve()));

  await sendText(socket, '15550000002@s.whatsapp.net', 'hello');
  await read;
  await stop(child);

  assert.deepEqual(printed, []);
});

test('with a state file the command continues where it was stopped', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'simulator-'));
  const state = ['--state', join(folder.path, 'state.json')];
  const first = await start(state);
  const contact = { phone: '15550000009', name: 'Nia' };
  await post(`${first.controlUrl}/contacts`, contact);
  await stop(first.child);

  const second = await start(state);
  await stop(second.child);

  assert.match(second.greeting, /^ {2}15550000009 {2}Nia, 2 devices/m);
  assert.match(second.greeting, /^ {2}15550000001 {2}Ada, 2 devices/m);
  assert.equal(value(second.greeting, 'WHATSAPP_ROOT_KEY'), value(first.greeting, 'WHATSAPP_ROOT_KEY'));
});

test('an invalid port is refused in one line', async () => {
  const child = spawn(process.execPath, [MAIN, '--port', 'seven'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [[message], [status]] = await Promise.all([once(child.stderr, 'data'), once(child, 'exit')]);

  assert.equal(status, 1);
  assert.equal(String(message), 'the simulator failed: --port seven is not a port number from 0 to 65535\n');
});

type Child = ChildProcessByStdio<null, Readable, Readable>;

async function start(options: readonly string[] = []): Promise<{ child: Child; greeting: string; controlUrl: string }> {
  const child = spawn(process.execPath, [MAIN, '--port', '0', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const reader = createInterface({ input: child.stdout });
  const lines: string[] = [];
  for await (const line of reader) {
    lines.push(line);
    if (line.startsWith('Stop with')) break;
  }
  const greeting = lines.join('\n');
  const { host } = new URL(value(greeting, 'WHATSAPP_URL'));
  return { child, greeting, controlUrl: `http://${host}/control` };
}

async function post(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { ok, status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.ok(ok, String(status));
}

async function stop(child: Child): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
}

function value(greeting: string, name: string): string {
  const [, found = ''] = new RegExp(`${name}=(\\S+)`).exec(greeting) ?? [];
  return found;
}
