import { OperatorError } from '../../../domain/errors.ts';
import type { RedisConnection } from './connection.ts';

/** The first release with everything that the scripts use: sharded pub/sub and partly generated stream ids. */
const minMajor = 7;

/**
 * Checks that this Redis keeps what it stores. Throws an `OperatorError` when it may evict entries or cannot be written;
 * yields warnings about what a crash may lose.
 */
export async function checkRedis(connection: RedisConnection): Promise<string[]> {
  const facts = toFacts(String(await connection.send('INFO')));
  const version = facts.get('redis_version') ?? '0';
  if (Number.parseInt(version, 10) < minMajor) {
    throw new OperatorError(`Redis ${version} is too old: ${minMajor}.0 or later is needed.`);
  }
  if (facts.get('role') === 'slave') {
    throw new OperatorError('REDIS_URL names a replica, which takes no writes. Name the primary.');
  }
  const policy = facts.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction') {
    throw new OperatorError(
      `Redis may evict stored entries (maxmemory-policy ${policy}). Set maxmemory-policy to noeviction.`,
    );
  }
  return warningsOf(facts, await appendsync(connection));
}

function warningsOf(facts: ReadonlyMap<string, string>, appendfsync: string | null): string[] {
  const warnings: string[] = [];
  if (facts.get('aof_enabled') !== '1') {
    warnings.push(
      'Redis keeps no append-only file: accepted sends are lost when it stops. Set appendonly to yes and appendfsync to always.',
    );
  } else if (appendfsync !== null && appendfsync !== 'always') {
    warnings.push(
      `Redis uses appendfsync ${appendfsync}: the last second of accepted sends is lost when its machine fails. Set appendfsync to always.`,
    );
  }
  if (facts.get('cluster_enabled') === '1') {
    warnings.push('Redis runs as a cluster, but this gateway does not follow slots to other cluster nodes.');
  }
  return warnings;
}

/** Null where CONFIG is forbidden, as with some hosted services. */
async function appendsync(connection: RedisConnection): Promise<string | null> {
  try {
    const reply = await connection.send('CONFIG', 'GET', 'appendfsync');
    if (reply instanceof Map) return String(reply.get('appendfsync') ?? '') || null;
    if (Array.isArray(reply)) return reply.length < 2 ? null : String(reply[1]);
    return reply !== null && typeof reply === 'object' && 'appendfsync' in reply ? String(reply.appendfsync) : null;
  } catch {
    return null;
  }
}

function toFacts(info: string): Map<string, string> {
  const lines = info.split('\r\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}
