import { existsSync, statSync } from 'node:fs';
import type { Config } from '../../config.ts';
import { OperatorError } from '../../domain/errors.ts';
import { inspectStore } from '../../store/backup/inspect-store.ts';
import { keyFileIn } from '../../store/encryption/key-file.ts';
import { availableMasterKey } from '../../store/encryption/master-keys.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** Reading a larger store could exceed the time of a check; a backup reads all of it. */
const largestBytes = 512 * 2 ** 20;

/** Whether the file of the store is intact and of a schema that this release knows. */
export function checkEmbeddedStore({ storePath }: Config): Finding {
  if (!existsSync(storePath)) return ok('there is no store yet; the first start creates it');
  const { size } = statSync(storePath);
  const { schema, known, fault } = inspectStore(storePath, size <= largestBytes ? 'all of it' : 'its head');
  if (schema > known) {
    return failed(
      `${storePath} was written by a newer release (schema ${schema})`,
      'Start the release that wrote it, or a later one.',
    );
  }
  if (fault !== null && /unable to open|readonly/.test(fault)) {
    return failed(
      `${storePath} cannot be opened: ${fault}`,
      'Run as the user of the gateway, which must own the files.',
    );
  }
  if (fault !== null) return failed(`${storePath} is corrupt: ${fault}`, 'Stop the gateway and restore a backup.');
  const facts = `schema ${schema}, ${Math.ceil(size / 2 ** 20)} MiB`;
  if (size > largestBytes) return ok(`${facts}; too large to be checked here, a backup checks all of it`);
  return ok(`${facts}, intact`);
}

const noStore = { fault: null, record: null };

/** Whether the master key of the store is available. */
export function checkMasterKey(config: Config): Finding {
  const { storePath, masterKey, dataDir } = config;
  const where = masterKey === undefined ? keyFileIn(dataDir) : 'MASTER_KEY';
  const { fault, record } = existsSync(storePath) ? inspectStore(storePath, 'its head') : noStore;
  if (fault !== null) {
    return warning('which key the store uses cannot be read', 'Fix the store first; keep every key that you have.');
  }
  if (record === null) {
    return ok(masterKey === undefined ? `the first start creates ${where}` : 'MASTER_KEY is given');
  }
  try {
    const { id, master } = availableMasterKey(record, config);
    if (master !== null) return ok(`${where} matches the store (id ${id}); keep a copy apart from the store`);
    return failed(
      `${where} is missing; the store uses the key with the id ${id}`,
      'Restore it, or set MASTER_KEY if that was set before.',
    );
  } catch (error) {
    if (error instanceof OperatorError) return failed(error.message, 'See "The master key" in docs/security.md.');
    throw error;
  }
}
