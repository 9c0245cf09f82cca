import type { Config } from '../../config.ts';
import { OperatorError } from '../../domain/errors.ts';
import { keyCheckRecordKey } from '../../store/encryption/key-check-record.ts';
import { availableMasterKey, type RedisPlace } from '../../store/encryption/master-keys.ts';
import { checkRedis } from '../../store/engine/redis/requirements.ts';
import { openRedisStore, type RedisStore } from '../../store/engine/redis/store.ts';
import { skewFinding } from './clock.ts';
import { type Check, type Finding, failed, ok, warning } from './finding.ts';

const connectTimeoutMs = 3_000;

type Look = (store: RedisStore) => Promise<Finding>;

/** The checks of the store in Redis. They share one connection, which is closed when the process exits. */
export function redisChecks(config: Config, redis: RedisPlace): Check[] {
  let opening: Promise<RedisStore> | undefined;
  const open = () => {
    opening ??= openRedisStore({ url: redis.url, connectTimeoutMs });
    return opening;
  };
  const check = (name: string, look: Look): Check => ({ name, run: () => inRedis(config, open, look) });
  return [
    check('redis', (store) => keepsAll(config, store)),
    check('master key', (store) => hasMasterKey(config, store)),
    check('clock of redis', clockFinding),
  ];
}

async function keepsAll({ storePath }: Config, { connection }: RedisStore): Promise<Finding> {
  const warnings = await checkRedis(connection);
  if (warnings.length === 0) return ok(`the store ${storePath} keeps every commit`);
  return warning(warnings.join(' '), 'See docs/cluster.md for the settings that Redis needs.');
}

async function hasMasterKey(config: Config, store: RedisStore): Promise<Finding> {
  const entry = await store.get(keyCheckRecordKey);
  if (entry === null) return ok('there is no store yet; the first start creates it');
  const { id, master } = availableMasterKey(entry.value, config);
  if (master !== null) return ok(`master key matches the store (id ${id})`);
  return failed(
    `the master key of the store (id ${id}) is missing`,
    'Set MASTER_KEY to it; all nodes need the same key.',
  );
}

async function clockFinding({ connection }: RedisStore): Promise<Finding> {
  const asked = Date.now();
  const time = await connection.readTime();
  return skewFinding('Redis', time - (asked + Date.now()) / 2);
}

async function inRedis({ storePath }: Config, open: () => Promise<RedisStore>, look: Look): Promise<Finding> {
  let store: RedisStore;
  try {
    store = await open();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failed(`the store ${storePath} cannot be reached: ${reason}`, 'Check REDIS_URL, and that Redis runs.');
  }
  try {
    return await look(store);
  } catch (error) {
    if (error instanceof OperatorError)
      return failed(error.message, 'See docs/cluster.md for the settings that Redis needs.');
    throw error;
  }
}
