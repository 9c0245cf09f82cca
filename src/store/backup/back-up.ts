import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OperatorError } from '../../domain/errors.ts';
import type { EncryptionKey } from '../encryption/cipher.ts';
import { keyFileIn } from '../encryption/key-file.ts';
import { availableMasterKey, type StorePlace } from '../encryption/master-keys.ts';
import { flush, writeDurably } from '../files/fsync.ts';
import { copyStore } from './copy-store.ts';
import { type Manifest, manifestName, measure, storeName } from './manifest.ts';

export interface BackUpOptions {
  /** The folder of the backup; it must not exist, or be empty. */
  to: string;
  /** Whether the backup includes the master key: then anyone who has the backup can read it. */
  key: 'apart' | 'included';
  /** Epoch milliseconds. */
  now: () => number;
}

/** A complete, durable backup. `key`: whether the master key was available to be tried on the copy. */
export interface BackedUp extends Manifest {
  key: 'tried' | 'not available';
}

/**
 * Copies the embedded store into a folder, as of one moment, while gateways may write to it. The folder gets its name
 * only when all of it is durable. Rejects with an `OperatorError` when that fails; then nothing is left of it.
 */
export async function backUp(place: StorePlace, { to, key, now }: BackUpOptions): Promise<BackedUp> {
  if (place.redis !== undefined) throw new OperatorError(ofRedis);
  if (!existsSync(place.storePath)) {
    throw new OperatorError(`There is no store at ${place.storePath}. Set DATA_DIR to the gateway's data directory.`);
  }
  const folder = resolve(to);
  refuseMissingParent(folder);
  refuseUsed(to);
  const draft = `${folder}.unfinished-${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(draft, { mode: 0o700 });
    const backedUp = await fill(draft, place, { key, now });
    renameSync(draft, folder);
    await flush(dirname(folder));
    return backedUp;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (error instanceof OperatorError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const advice = 'It needs as much free space as the store takes, and a parent folder in which this user may write';
    throw new OperatorError(`The backup ${to} cannot be created: ${reason}. ${advice}.`, { cause: error });
  }
}

async function fill(
  draft: string,
  place: StorePlace,
  { key, now }: Pick<BackUpOptions, 'key' | 'now'>,
): Promise<BackedUp> {
  const path = join(draft, storeName);
  const takenAt = now();
  const { schema, record } = copyStore(place.storePath, path);
  const { id, master } = availableMasterKey(record, place);
  if (key === 'included') await includeKey(draft, master, id);
  await flush(path);
  const manifest: Manifest = { format: 1, takenAt, schema, masterKey: id, ...(await measure(path)) };
  await writeDurably(join(draft, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  await flush(draft);
  return { ...manifest, key: master === null ? 'not available' : 'tried' };
}

async function includeKey(draft: string, master: EncryptionKey | null, id: string): Promise<void> {
  if (master === null) {
    throw new OperatorError(`The master key (id ${id}) is not available to be included: set MASTER_KEY to it.`);
  }
  await writeDurably(keyFileIn(draft), `${master.secret.export().toString('hex')}\n`);
}

/** Parent folders are not created: below a mount point that is not mounted, the backup would go to the root disk. */
function refuseMissingParent(folder: string): void {
  if (existsSync(dirname(folder))) return;
  throw new OperatorError(`There is no folder ${dirname(folder)} for the backup. Create or mount it first.`);
}

function refuseUsed(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new OperatorError(
    `The folder ${folder} is not empty. Give each backup a folder of its own, such as ${folder}/$(date +%F-%H%M).`,
  );
}

const ofRedis =
  'The store is in Redis, which has its own backups: copy its RDB file (BGSAVE) and its append-only files. ' +
  'docs/operations.md says how. This command is for the embedded store.';
