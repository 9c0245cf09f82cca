import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { debianRedis } from './debian-package.ts';
import { foreignRedis } from './foreign-redis.ts';
import { findDocker } from './redis-container.ts';
import { type RedisProgram, startRedisProcess } from './redis-process.ts';
import type { RedisSource } from './redis-source.ts';

type Way = (environment: NodeJS.ProcessEnv) => Promise<RedisSource>;

/** The ways to a Redis of our own, the first one first; each rejects with why it is none. */
export const ownWays: Readonly<Record<string, Way>> = {
  binary: async (environment) => sourceOf('binary', programOnPath(environment)),
  docker: findDocker,
  debian: async (environment) => sourceOf('debian', await debianRedis(environment)),
};

/**
 * Finds out how a Redis can be run here: TEST_REDIS is the address of one (`redis://…`), or names the way (`binary`,
 * `docker`, `debian`); without it the first way is taken that works. Rejects with what was wrong with each.
 */
export async function findRedis(environment: NodeJS.ProcessEnv = process.env, ways = ownWays): Promise<RedisSource> {
  const wanted = environment['TEST_REDIS'] ?? '';
  if (/^rediss?:/.test(wanted)) return foreignRedis(wanted);
  const names = wanted === '' ? Object.keys(ways) : [wanted];
  const reasons: string[] = [];
  for (const name of names) {
    try {
      return await wayCalled(name, ways)(environment);
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message.trim() : String(error)}`);
    }
  }
  throw new Error(`there is no Redis for the tests:\n${reasons.join('\n')}`);
}

function wayCalled(name: string, ways: Readonly<Record<string, Way>>): Way {
  const way = ways[name];
  if (way === undefined) throw new Error(`TEST_REDIS is none of redis://…, ${Object.keys(ways).join(', ')}`);
  return way;
}

/** Rejects if the program does not run on this system. */
async function sourceOf(name: 'binary' | 'debian', program: RedisProgram): Promise<RedisSource> {
  await promisify(execFile)(program.path, ['--version'], { env: program.environment });
  return { name, start: (settings) => startRedisProcess(program, settings) };
}

function programOnPath(environment: NodeJS.ProcessEnv): RedisProgram {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = ['redis-server', 'valkey-server'].flatMap((name) => folders.map((folder) => join(folder, name)));
  const path = paths.find(isExecutable);
  if (path === undefined) throw new Error('there is no redis-server and no valkey-server on the PATH');
  return { path, environment };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
