import { closeSync, constants, copyFileSync, existsSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../../domain/errors.ts';
import type { EncryptionKey } from '../encryption/cipher.ts';
import { keyFileIn, readKeyFile } from '../encryption/key-file.ts';
import { masterKeyForId, type StorePlace } from '../encryption/master-keys.ts';
import { openDatabase } from '../engine/sqlite/database.ts';
import { breakLogs } from '../engine/sqlite/rewrite.ts';
import { lockDirectory } from '../files/directory-lock.ts';
import { flush, writeDurably } from '../files/fsync.ts';
import type { GatewayStore } from '../gateway-store.ts';
import { openStore } from '../open-store.ts';
import { type Manifest, measure, readManifest, storeName } from './manifest.ts';

export interface RestoreOptions {
  /** The folder of the backup. */
  from: string;
  /** Prepares the restored store for use; its file gets its name only when this has resolved. */
  prepare: (store: GatewayStore) => Promise<void>;
  now: () => number;
}

/** A data directory with only these counts as empty: a former lock, and a master key that was put there beforehand. */
const harmless: ReadonlySet<string> = new Set(['gateway.lock', 'gateway.lock-journal', 'master.key', 'lost+found']);

const draftName = `${storeName}.restoring`;
const journals = ['-journal', '-wal', '-shm'];

/**
 * Restores a backup into an empty data directory. The store's file gets its name only when it is durable and prepared.
 * Rejects with an `OperatorError` when the backup is incomplete, its master key is not available, or the directory is in
 * use; then the directory is as before, except for a lock file.
 */
export async function restore(place: StorePlace, { from, prepare, now }: RestoreOptions): Promise<Manifest> {
  if (place.redis !== undefined) throw new OperatorError(ofRedis);
  const manifest = readManifest(from);
  await refuseCorrupt(from, manifest);
  refuseUsed(place.dataDir);
  const master = masterKeyFor(place, from, manifest);
  using _lock = lockDirectory(place.dataDir);
  refuseUsed(place.dataDir);
  const draft = join(place.dataDir, draftName);
  const addsKey = place.masterKey === undefined && readKeyFile(keyFileIn(place.dataDir)) === null;
  try {
    remove(draft);
    if (addsKey) await writeDurably(keyFileIn(place.dataDir), `${master.secret.export().toString('hex')}\n`);
    copyPrivately(join(from, storeName), draft);
    skipLogs(draft);
    await prepareStore({ ...place, storePath: draft }, prepare, now);
    await flush(draft);
    renameSync(draft, place.storePath);
    await flush(place.dataDir);
    return manifest;
  } catch (error) {
    remove(draft);
    if (addsKey) rmSync(keyFileIn(place.dataDir), { force: true });
    if (error instanceof OperatorError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`The backup ${from} cannot be restored: ${reason}.`, { cause: error });
  }
}

async function refuseCorrupt(from: string, manifest: Manifest): Promise<void> {
  const path = join(from, storeName);
  const found = existsSync(path) ? await measure(path) : null;
  if (found?.bytes === manifest.bytes && found.sha256 === manifest.sha256) return;
  throw new OperatorError(
    `The backup ${from} is corrupt: ${path} is not the file that was written. Use another backup.`,
  );
}

/** Leftovers of a killed `restore` are ignored. */
function refuseUsed(directory: string): void {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const others = names.filter((name) => !harmless.has(name) && !name.startsWith(draftName));
  if (others.length === 0) return;
  // A running gateway gets its own error.
  if (names.includes('gateway.lock')) lockDirectory(directory)[Symbol.dispose]();
  throw new OperatorError(
    `The data directory ${directory} is not empty (${others.slice(0, 3).join(', ')}). ` +
      'Move its content away, or give another directory with --data-dir. Nothing is ever overwritten.',
  );
}

/** The key from MASTER_KEY or the data directory takes precedence over the backup's. */
function masterKeyFor(place: StorePlace, from: string, { masterKey: id }: Manifest): EncryptionKey {
  const key = masterKeyForId(id, [place, { ...place, dataDir: from }]);
  if (key !== null) return key;
  const file = keyFileIn(place.dataDir);
  throw new OperatorError(
    `The master key with the id ${id} is missing: the backup is encrypted with it and does not include it. ` +
      `Set MASTER_KEY to it, or put the master.key of that time at ${file}, and repeat the command. ` +
      'Without it nothing in the backup can be read.',
  );
}

function copyPrivately(from: string, to: string): void {
  closeSync(openSync(to, 'wx', 0o600));
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
}

function skipLogs(path: string): void {
  const database = openDatabase({ path, busyTimeoutMs: 0 });
  try {
    breakLogs(database);
  } finally {
    database.close();
  }
}

async function prepareStore(place: StorePlace, prepare: RestoreOptions['prepare'], now: () => number): Promise<void> {
  await using store = await openStore(place, { as: 'owner', now });
  await prepare(store);
}

function remove(draft: string): void {
  for (const suffix of ['', ...journals]) rmSync(`${draft}${suffix}`, { force: true });
}

const ofRedis =
  'REDIS_URL is set, and --from restores the embedded store. Restore the files of Redis while neither a gateway nor ' +
  'Redis runs, start Redis, and use --in-redis instead of --from; see docs/operations.md.';
