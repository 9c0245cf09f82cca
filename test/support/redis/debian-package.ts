import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { RedisProgram } from './redis-process.ts';

const run = promisify(execFile);
const cache = resolve(import.meta.dirname, '../../../.cache/redis');
const systemRelease = '/etc/os-release';
/** The package `redis-server` has only links to what is in this one. */
const debianPackage = 'redis-tools';
const packagedProgram = 'usr/bin/redis-check-rdb';

/**
 * The Redis of this Debian, or of this descendant of it, out of its package but not installed: nothing outside of
 * `folder` is changed, and nobody has to be root. It is fetched once, may be asked for by several processes at the same
 * time, and is there whole or not at all. Rejects if there is no apt, or nobody whom it can fetch it from.
 */
export async function debianRedis(environment: NodeJS.ProcessEnv, folder = cache): Promise<RedisProgram> {
  const files = join(folder, `${await systemName()}-${arch()}`);
  if (!existsSync(files)) await provide(environment, folder, files);
  const libraries = (await readdir(files, { recursive: true })).filter((path) => path.includes('.so.'));
  const libraryFolders = new Set(libraries.map((path) => join(files, dirname(path))));
  return {
    path: join(files, 'redis-server'),
    environment: { ...environment, LD_LIBRARY_PATH: [...libraryFolders].join(':') },
  };
}

/** What is fetched for one release does not run on another. */
async function systemName(): Promise<string> {
  const text = existsSync(systemRelease) ? await readFile(systemRelease, 'utf8') : '';
  const [, id = 'unknown'] = /^ID="?([\w.-]+)/m.exec(text) ?? [];
  const [, version = 'rolling'] = /^VERSION_ID="?([\w.-]+)/m.exec(text) ?? [];
  return `${id}-${version}`;
}

async function provide(environment: NodeJS.ProcessEnv, folder: string, files: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const workshop = await mkdtemp(join(folder, 'unfinished-'));
  try {
    await download(environment, workshop);
    await extract(environment, workshop);
    await rename(join(workshop, 'files'), files);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(files)) throw error;
  } finally {
    await rm(workshop, { recursive: true });
  }
}

/** Fetches the package, and of the packages that it depends on those that this system does not have. */
async function download(environment: NodeJS.ProcessEnv, workshop: string): Promise<void> {
  for (const name of ['lists/partial', 'archives/partial']) await mkdir(join(workshop, name), { recursive: true });
  const options = {
    'Dir::State::Lists': join(workshop, 'lists'),
    'Dir::Cache': workshop,
    'Dir::Cache::Archives': join(workshop, 'archives'),
    'Debug::NoLocking': 'true',
    'APT::Sandbox::User': 'root',
  };
  const flags = ['-qq', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  await run('apt-get', [...flags, 'update'], { env: environment });
  const install = ['install', '--download-only', '--reinstall', '--no-install-recommends', '--yes', debianPackage];
  await run('apt-get', [...flags, ...install], { env: environment });
}

async function extract(environment: NodeJS.ProcessEnv, workshop: string): Promise<void> {
  const archives = (await readdir(join(workshop, 'archives'))).filter((name) => name.endsWith('.deb'));
  const files = join(workshop, 'files');
  for (const name of archives) {
    await run('dpkg-deb', ['--extract', join(workshop, 'archives', name), files], { env: environment });
  }
  await symlink(packagedProgram, join(files, 'redis-server'));
}
