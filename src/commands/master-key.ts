import type { KeyObject } from 'node:crypto';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { type Config, readConfig } from '../config.ts';
import { OperatorError } from '../domain/errors.ts';
import { MasterKeySchema } from '../domain/master-key.ts';
import { commandLog } from '../logger.ts';
import type { RedisPlace } from '../store/encryption/master-keys.ts';
import { plaintextResidueKey, wipePlaintextResidue } from '../store/encryption/plaintext-residue.ts';
import { type Rotated, rotate } from '../store/encryption/rotation.ts';
import { openSqliteStore } from '../store/engine/sqlite/store.ts';
import { lockDirectory } from '../store/files/directory-lock.ts';
import { nodesPrefix } from '../store/records/cluster/node-leases.ts';
import { type Command, UsageError } from './command.ts';

const usage = `usage:
  troupe master-key rotate

Replaces the master key of the store. Stop the gateway first; with Redis, all of them. A key file is replaced by a new
one. When MASTER_KEY is set, pass the next key in MASTER_KEY_NEXT; with MASTER_KEY_NEXT alone the store moves from its
key file to that key.
`;

/** Keys come from the environment, never as arguments, which every user of the machine can see. */
const EnvironmentSchema = v.object({ MASTER_KEY_NEXT: v.optional(MasterKeySchema) });

function checkArguments(args: readonly string[]): void {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} });
  if (positionals.length !== 1 || positionals[0] !== 'rotate') throw new UsageError('the only action is rotate');
}

function readNextKey({ MASTER_KEY_NEXT }: NodeJS.ProcessEnv) {
  const parsed = v.safeParse(EnvironmentSchema, {
    MASTER_KEY_NEXT: MASTER_KEY_NEXT === '' ? undefined : MASTER_KEY_NEXT,
  });
  if (parsed.success) return parsed.output.MASTER_KEY_NEXT;
  throw new Error(`MASTER_KEY_NEXT ${parsed.issues[0].message}`);
}

function sentenceFor({ outcome, id, rewrapped, unreadable }: Rotated): string {
  if (outcome === 'finished') return `The store already uses the next master key (id ${id}).`;
  const left = unreadable === 0 ? '' : ` ${unreadable} were unreadable before and remain so.`;
  return `The store uses a new master key (id ${id}); ${rewrapped} data keys were encrypted with it.${left}`;
}

async function rotateEmbedded(config: Config, next: KeyObject | undefined): Promise<Rotated> {
  using _lock = lockDirectory(config.dataDir);
  await using store = openSqliteStore({ path: config.storePath });
  return await rotate(store, config, next, () => wipePlaintextResidue(store));
}

/** Redis rewrites its files by itself, so there is nothing to wipe from here. */
async function rotateShared(config: Config, redis: RedisPlace, next: KeyObject | undefined): Promise<Rotated> {
  const { openRedisStore } = await import('../store/engine/redis/store.ts');
  await using store = await openRedisStore(redis);
  const [live] = await store.list(nodesPrefix, { limit: 1 });
  if (live !== undefined) throw new OperatorError('A gateway runs on this Redis, or did 10 s ago. Stop it first.');
  return await rotate(store, config, next, async () => {
    await store.commit({ deletes: [plaintextResidueKey] });
    return null;
  });
}

async function run(parameters: readonly string[]): Promise<number> {
  checkArguments(parameters);
  const config = readConfig(process.env);
  const next = readNextKey(process.env);
  const rotated =
    config.redis === undefined ? await rotateEmbedded(config, next) : await rotateShared(config, config.redis, next);
  commandLog().info({ outcome: rotated.outcome, count: rotated.rewrapped }, 'master key changed');
  process.stdout.write(`${sentenceFor(rotated)}\n`);
  if (rotated.left !== null) throw new OperatorError(rotated.left);
  return 0;
}

export const command: Command = { usage, run };
