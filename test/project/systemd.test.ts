import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { settingNames } from '../../src/config.ts';
import { pairsOf } from './support/dockerfile.ts';
import { constantIn, packageJson, read, root } from './support/project.ts';
import { parseUnit } from './support/systemd.ts';

const source = read('deploy/troupe.service');
const unit = parseUnit(source);

/** The highest exposure that `systemd-analyze security` may find, in tenths of its scale from 0 to 10. */
const exposureThreshold = 15;

/** The first version that judges a unit which is not installed. */
const firstOffline = 250;

/** The one value of a setting of the service. */
function service(name: string): string {
  const [value, ...others] = unit.get('Service')?.get(name) ?? [];
  assert(value !== undefined, `there is no ${name}`);
  assert.deepEqual(others, [], name);
  return value;
}

const environment = pairsOf(service('Environment'));
const [program = '', ...args] = service('ExecStart').split(' ');
const install = service('WorkingDirectory');
const data = environment.get('DATA_DIR');

test('the unit runs what npm start runs, from the folder in which it is installed', () => {
  const [, flags, main] = /^exec "\$here\/node" (.*) "\$here\/\.\.\/(.*)" "\$@"$/m.exec(read('bin/troupe')) ?? [];
  const shown = args.filter((word) => !/^--(?:permission|allow-fs-)/.test(word));

  assert.equal(program, `${install}/bin/node`);
  assert.equal(packageJson.scripts['start'], 'exec bin/troupe serve');
  assert.deepEqual(shown, [flags, main, 'serve']);
});

test('the unit gives the gateway settings that exist, and no secret', () => {
  for (const name of environment.keys()) if (name !== 'NODE_ENV') assert(settingNames.includes(name), name);
  assert.match(service('EnvironmentFile'), /^\/etc\//);
  assert(!environment.has('MASTER_KEY'));
});

test('the gateway may write its data folder, which is private, and read that and its program', () => {
  assert.equal(data, `/var/lib/${service('StateDirectory')}`);
  assert.deepEqual([service('StateDirectoryMode'), service('UMask')], ['0700', '0077']);
  assert.deepEqual(
    args.filter((word) => /^--(?:permission|allow-)/.test(word)),
    ['--permission', `--allow-fs-read=${install}`, `--allow-fs-read=${data}`, `--allow-fs-write=${data}`],
  );
});

test('the gateway gets its signals itself, and more time to end than it takes', () => {
  assert.equal(service('KillMode'), 'mixed');
  assert(Number(service('TimeoutStopSec')) * 1_000 >= constantIn('src/commands/serve.ts', 'closeDeadlineMs') + 5_000);
  assert.equal(service('Restart'), 'always');
});

test('the gateway runs as a user of its own, without a capability or a way to gain one', () => {
  assert.equal(service('User'), 'troupe');
  assert.deepEqual([service('CapabilityBoundingSet'), service('AmbientCapabilities')], ['', '']);
  assert.equal(service('NoNewPrivileges'), 'yes');
  assert.equal(service('ProtectSystem'), 'strict');
  assert.deepEqual(unit.get('Service')?.get('SystemCallFilter'), ['@system-service', '~@privileged @resources']);
  assert(!unit.get('Service')?.has('MemoryDenyWriteExecute'), 'V8 compiles at run time');
});

test('systemd takes the unit and finds it confined, on a machine that has it', () => {
  const { stdout: version } = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
  if (Number(/^systemd (\d+)/.exec(version ?? '')?.[1] ?? 0) < firstOffline) return;
  const folder = mkdtempSync(join(tmpdir(), 'troupe-test-'));
  const file = join(folder, 'troupe.service');
  writeFileSync(file, source.replaceAll(install, root));
  try {
    for (const command of [['verify'], ['security', '--offline=yes', `--threshold=${exposureThreshold}`]]) {
      const { status, stdout, stderr } = spawnSync('systemd-analyze', [...command, file], { encoding: 'utf8' });
      assert.deepEqual([status, stderr], [0, ''], `${command[0]}\n${stdout}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
