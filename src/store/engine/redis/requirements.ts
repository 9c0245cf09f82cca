import { OperatorError } from '../../../domain/errors.ts';
import type { RedisConnection } from './connection.ts';

/** The first release that has all that the scripts use: sharded messages and parts of ids that Redis fills in. */
const leastMajor = 7;

/**
 * Whether this Redis can be trusted with what must not be lost. Throws, with a sentence for the operator, when it may
 * throw entries away by itself; yields sentences about what it does not keep through a crash.
 */
export async function checkRedis(connection: RedisConnection): Promise<string[]> {
  const facts = toFacts(String(await connection.send('INFO')));
  const version = facts.get('redis_version') ?? '0';
  if (Number.parseInt(version, 10) < leastMajor) {
    throw new OperatorError(`Redis ${version} is too old: ${leastMajor}.0 or later is needed.`);
  }
  if (facts.get('role') === 'slave') {
    throw new OperatorError('REDIS_URL names a replica, which takes no writes. Name the primary.');
  }
  const policy = facts.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction') {
    throw new OperatorError(
      `Redis may throw away what is stored, to make room (maxmemory-policy ${policy}). Set maxmemory-policy to noeviction.`,
    );
  }
  return warningsOf(facts, await appendsync(connection));
}

function warningsOf(facts: ReadonlyMap<string, string>, appendfsync: string | null): string[] {
  const warnings: string[] = [];
  if (facts.get('aof_enabled') !== '1') {
    warnings.push(
      'Redis keeps no log of its writes: when it ends, sends that were accepted are lost. Set appendonly to yes and appendfsync to always.',
    );
  } else if (appendfsync !== null && appendfsync !== 'always') {
    warnings.push(
      `Redis writes its log with appendfsync ${appendfsync}: when its machine fails, the last second of accepted sends is lost. Set appendfsync to always.`,
    );
  }
  if (facts.get('cluster_enabled') === '1') {
    warnings.push('Redis runs as a cluster: this connection does not follow slots to other nodes of it.');
  }
  return warnings;
}

/** Null where the settings must not be asked for, as with some services. */
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
