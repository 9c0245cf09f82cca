import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { packageJson, read, root } from '../project/support/project.ts';
import { TemporaryFolder } from '../store/contract/sqlite-subject.ts';
import { type Printed, runCommand } from '../support/gateway/command.ts';
import { compileCache, outboundRecord } from '../support/process/outbound-record.ts';

const names = ['serve', 'keys', 'backup', 'restore', 'master-key', 'doctor'];
const PATH = process.env['PATH'];

/** Runs the program with these parameters; without settings it uses a data directory that cannot be made. */
function troupe(...[name = '', ...parameters]: string[]): Promise<Printed> {
  return runCommand(name, parameters, { DATA_DIR: '/dev/null/none' });
}

test('--help names every command, and --help of a command how it is called; that is no failure', async () => {
  const all = await troupe('--help');
  assert.deepEqual([all.code, all.stderr], [0, '']);
  for (const name of names) assert.match(all.stdout, new RegExp(`^  ${name} +\\S`, 'm'));

  for (const name of names) {
    const { code, stdout, stderr } = await troupe(name, '--help');
    assert.deepEqual([code, stderr], [0, ''], name);
    assert.match(stdout, new RegExp(`^usage:\n  troupe ${name}\\b`));
  }
});

test('every command has a file of its own, and help', () => {
  const files = readdirSync(join(root, 'src/commands')).filter((file) => file.endsWith('.ts'));
  const commands = files.filter((file) => read(`src/commands/${file}`).includes('export const command:'));

  assert.deepEqual(new Set(commands), new Set(names.map((name) => `${name}.ts`)));
});

test('a command or options that do not exist are named, with what there is, and the exit code is 2', async () => {
  const wrong: [parameters: string[], said: RegExp, help: RegExp][] = [
    [[''], /^missing command\n/, /usage: troupe COMMAND/],
    [['kyes'], /^unknown command kyes\n/, /usage: troupe COMMAND/],
    [['--verbose'], /^unknown command --verbose\n/, /usage: troupe COMMAND/],
    [['serve', '--port', '80'], /^Unknown option '--port'/, /troupe serve/],
    [['serve', 'now'], /^Unexpected argument 'now'/, /troupe serve/],
    [['keys'], /^missing action: must be create, list or revoke\n/, /troupe keys create/],
    [['keys', 'make'], /^unknown action make: must be create, list or revoke\n/, /troupe keys create/],
    [['keys', 'list'], /^--org is required\n/, /troupe keys list/],
    [['keys', 'list', '--org', 'acme', '--days', '3'], /^--days is not an option of keys list\n/, /troupe keys/],
    [['keys', 'list', 'all', '--org', 'acme'], /^unexpected argument: all\n/, /troupe keys/],
    [['backup'], /^--to FOLDER is required\n/, /troupe backup --to/],
    [['backup', '--too', 'x'], /^Unknown option '--too'/, /troupe backup --to/],
    [['restore'], /^--from FOLDER or --in-redis is required\n/, /troupe restore --from/],
    [['master-key'], /^the only action is rotate\n/, /troupe master-key rotate/],
    [['doctor', '--yaml'], /^Unknown option '--yaml'/, /troupe doctor/],
  ];

  for (const [parameters, said, help] of wrong) {
    const { code, stdout, stderr } = await troupe(...parameters);
    assert.deepEqual([code, stdout], [2, ''], parameters.join(' '));
    assert.match(stderr, said);
    assert.match(stderr, help);
  }
});

test('what is called rightly and fails says why, without its usage, and the exit code is 1', async () => {
  const failing = [
    ['keys', 'list', '--org', 'acme'],
    ['backup', '--to', '/dev/null/x'],
    ['restore', '--in-redis'],
    ['serve'],
  ];

  for (const parameters of failing) {
    const { code, stdout, stderr } = await troupe(...parameters);
    assert.deepEqual([code, stdout.replace(/.*gateway is starting.*\n/, '')], [1, ''], parameters.join(' '));
    assert.match(stderr, /\S/);
    assert.doesNotMatch(stderr, /usage/);
  }
});

test('by a link it is called from any folder, and its data directory is in that folder', () => {
  using folder = new TemporaryFolder();
  const link = join(folder.path, 'link');
  symlinkSync(join(root, 'bin/troupe'), link);

  const made = spawnSync(link, ['keys', 'create', '--org', 'acme', '--name', 'laptop', '--can', 'read'], {
    cwd: folder.path,
    env: { PATH, ...outboundRecord, ...compileCache },
    encoding: 'utf8',
  });

  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, /^wa_\S+\n$/);
  assert(readdirSync(join(folder.path, 'data')).includes('troupe.db'));
});

test('npm run --silent keys prints the key and nothing else', () => {
  using folder = new TemporaryFolder();
  const parameters = ['create', '--org', 'acme', '--name', 'laptop', '--can', 'read'];

  const made = spawnSync('npm', ['run', '--silent', 'keys', '--', ...parameters], {
    cwd: root,
    env: { PATH, DATA_DIR: folder.path, ...outboundRecord, ...compileCache },
    encoding: 'utf8',
  });

  assert.match(made.stdout, /^wa_\S+\n$/, made.stderr);
});

test('npm start becomes the gateway: the process that it starts is Node, and gets the signals', async () => {
  using folder = new TemporaryFolder();
  const child = spawn('sh', ['-c', packageJson.scripts['start'] ?? ''], {
    cwd: root,
    env: { PATH, DATA_DIR: folder.path, PORT: '0', ...outboundRecord, ...compileCache },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { promise: ended, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (line.includes('"gateway started"')) child.kill('SIGTERM');
  }

  assert.equal(await ended, 0);
  assert.match(said[0] ?? '', new RegExp(`"pid":${child.pid},.*gateway is starting`));
  assert.match(said.at(-1) ?? '', /"outcome":"closed".*gateway ended/);
});
