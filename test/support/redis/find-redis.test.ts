import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { debianRedis } from './debian-package.ts';
import { findRedis, ownWays } from './find-redis.ts';
import { checkRedis } from './redis-client.ts';
import { sharedRedis } from './redis-server.ts';

/** A temporary folder with these shell scripts in it. */
async function folderOf(t: TestContext, programs: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-test-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

/** The name of the source that is found on a machine on whose path these programs are, and the program that was tried. */
async function found(t: TestContext, programs: readonly string[]): Promise<string[]> {
  const PATH = await folderOf(
    t,
    Object.fromEntries(programs.map((name) => [name, `echo ${name} > "$(dirname "$0")/tried"`])),
  );
  const { name } = await findRedis({ PATH: `${PATH}:/usr/bin:/bin` });
  return [name, (await readFile(join(PATH, 'tried'), 'utf8')).trim()];
}

const failing = (name: string) => async (): Promise<never> => {
  throw new Error(`no ${name} here`);
};

test('a redis-server on the path is taken, or else a valkey-server', async (t) => {
  assert.deepEqual(await found(t, ['redis-server', 'valkey-server']), ['binary', 'redis-server']);
  assert.deepEqual(await found(t, ['valkey-server']), ['binary', 'valkey-server']);
});

test('a program comes before Docker, and Docker before a Debian package', () => {
  assert.deepEqual(Object.keys(ownWays), ['binary', 'docker', 'debian']);
});

test('when a way does not work the next one is taken', async (t) => {
  const PATH = await folderOf(t, { 'redis-server': 'exit 1' });
  const last = await findRedis({ TEST_REDIS: 'binary', PATH: await folderOf(t, { 'redis-server': 'exit 0' }) });

  const source = await findRedis({ PATH }, { ...ownWays, docker: failing('docker'), debian: async () => last });

  assert.equal(source, last);
});

test('when none works, it is told what is wrong with each', async () => {
  const ways = { ...ownWays, docker: failing('docker'), debian: failing('debian') };

  await assert.rejects(findRedis({ PATH: '' }, ways), {
    message: [
      'there is no Redis for the tests:',
      'binary: there is no redis-server and no valkey-server on the PATH',
      'docker: no docker here',
      'debian: no debian here',
    ].join('\n'),
  });
});

test('TEST_REDIS forces one way, and the others are not tried', async (t) => {
  const PATH = await folderOf(t, { 'redis-server': 'exit 0' });

  await assert.rejects(
    findRedis({ TEST_REDIS: 'binary', PATH: '' }),
    /tests:\nbinary: there is no redis-server[^\n]+$/,
  );
  await assert.rejects(
    findRedis({ TEST_REDIS: 'debian', PATH }, { ...ownWays, debian: failing('debian') }),
    /no debian/,
  );
  await assert.rejects(findRedis({ TEST_REDIS: 'colour', PATH }), /TEST_REDIS is none of redis:\/\/…, binary, docker/);
});

test('TEST_REDIS may be the address of a server, which is used and left alone', async (t) => {
  const PATH = await folderOf(t, { 'redis-server': 'exit 0' });
  await using shared = await sharedRedis();

  const source = await findRedis({ TEST_REDIS: shared.url, PATH });
  assert.equal(source.name, 'server');
  {
    await using server = await source.start({});
    assert.equal(server.url, shared.url);
    await assert.rejects(server.kill(), /cannot be killed/);
    await assert.rejects(server.pause(), /cannot be paused/);
  }

  await checkRedis(shared.url);
  await assert.rejects(source.start({ appendonly: 'yes' }), /cannot be given appendonly/);
});

test('a server that does not answer is told at once', async () => {
  const source = await findRedis({ TEST_REDIS: 'redis://127.0.0.1:1' });

  await assert.rejects(source.start({}), /ECONNREFUSED/);
});

test('a Debian package is fetched once, and by several at once to one place', async (t) => {
  const cache = await folderOf(t, {});
  const programs = {
    'apt-get':
      'for word; do case $word in Dir::Cache::Archives=*) : > "$(echo "$word" | cut -d= -f2)/some.deb" ;; esac; done',
    'dpkg-deb':
      'mkdir -p "$3/usr/bin" "$3/usr/lib/here" && : > "$3/usr/lib/here/libsome.so.1" && echo exit 0 > "$3/usr/bin/redis-check-rdb"',
  };
  const environment = { PATH: `${await folderOf(t, programs)}:/usr/bin:/bin` };

  const all = await Promise.all([1, 2, 3].map(() => debianRedis(environment, cache)));
  const later = await debianRedis({ PATH: '' }, cache);

  const [place = '', ...others] = await readdir(cache);
  assert.deepEqual(others, []);
  for (const { path, environment } of [...all, later]) {
    assert.equal(path, join(cache, place, 'redis-server'));
    assert.equal(environment['LD_LIBRARY_PATH'], join(cache, place, 'usr/lib/here'));
  }
  assert.equal(await readFile(later.path, 'utf8'), 'exit 0\n');
});

test('a Debian package that cannot be fetched leaves nothing behind, and the reason is told', async (t) => {
  const cache = await folderOf(t, {});
  const PATH = await folderOf(t, { 'apt-get': 'echo "E: no network" >&2; exit 100' });

  await assert.rejects(debianRedis({ PATH }, cache), /no network/);
  await assert.rejects(debianRedis({ PATH: '' }, cache), /apt-get/);

  assert.deepEqual(await readdir(cache), []);
});
