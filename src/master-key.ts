import type { KeyObject } from 'node:crypto';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { type Config, readConfig } from './config.ts';
import { OperatorError } from './domain/errors.ts';
import { MasterKeySchema } from './domain/master-key.ts';
import { commandLog } from './logger.ts';
import { lockDirectory } from './store/directory-lock.ts';
import { nodesPrefix } from './store/nodes.ts';
import { openRedisStore } from './store/redis/store.ts';
import type { RedisPlace } from './store/seal/master-keys.ts';
import { clearRemains, remainsKey } from './store/seal/remains.ts';
import { type Rotated, rotate } from './store/seal/rotation.ts';
import { openSqliteStore } from './store/sqlite/store.ts';

const usage = `usage:
  npm run --silent master-key -- rotate

Stop the gateway first, with Redis all of them. A key file is replaced by a new one. When MASTER_KEY is set, give the next key in MASTER_KEY_NEXT;
with MASTER_KEY_NEXT alone the store moves from its key file to that key.
`;

/** Keys come from the environment, never as arguments, which every user of the machine can see. */
const EnvironmentSchema = v.object({ MASTER_KEY_NEXT: v.optional(MasterKeySchema) });

function readCommand(): void {
  const { positionals } = parseArgs({ allowPositionals: true, options: {} });
  if (positionals.length !== 1 || positionals[0] !== 'rotate') throw new Error('there is one command: rotate');
}

function readNextKey({ MASTER_KEY_NEXT }: NodeJS.ProcessEnv) {
  const parsed = v.safeParse(EnvironmentSchema, {
    MASTER_KEY_NEXT: MASTER_KEY_NEXT === '' ? undefined : MASTER_KEY_NEXT,
  });
  if (parsed.success) return parsed.output.MASTER_KEY_NEXT;
  throw new Error(`MASTER_KEY_NEXT ${parsed.issues[0].message}`);
}

function sentenceFor({ outcome, id, rewrapped, damaged }: Rotated): string {
  if (outcome === 'finished') return `The store is under the next master key (id ${id}) already.`;
  const left = damaged === 0 ? '' : ` ${damaged} were damaged before and are left as they are.`;
  return `The store is under a new master key (id ${id}); ${rewrapped} data keys were sealed anew.${left}`;
}

async function rotateEmbedded(config: Config, next: KeyObject | undefined): Promise<Rotated> {
  using _lock = lockDirectory(config.dataDir);
  await using store = openSqliteStore({ path: config.storePath });
  return await rotate(store, config, next, () => clearRemains(store));
}

/** Redis rewrites its files by itself, and keeps nothing of what was replaced for longer than it likes. */
async function rotateShared(config: Config, redis: RedisPlace, next: KeyObject | undefined): Promise<Rotated> {
  await using store = await openRedisStore(redis);
  const [living] = await store.list(nodesPrefix, { limit: 1 });
  if (living !== undefined) throw new OperatorError('A gateway runs on this Redis, or ran 10 s ago. Stop it first.');
  return await rotate(store, config, next, async () => {
    await store.commit({ deletes: [remainsKey] });
    return null;
  });
}

try {
  readCommand();
  const config = readConfig(process.env);
  const next = readNextKey(process.env);
  const rotated =
    config.redis === undefined ? await rotateEmbedded(config, next) : await rotateShared(config, config.redis, next);
  commandLog().info({ outcome: rotated.outcome, count: rotated.rewrapped }, 'master key changed');
  process.stdout.write(`${sentenceFor(rotated)}\n`);
  if (rotated.left !== null) throw new Error(rotated.left);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}
