import { existsSync, statSync } from 'node:fs';
import type { Config } from '../../config.ts';
import { OperatorError } from '../../domain/errors.ts';
import { inspectStore } from '../../store/backup/inspect-store.ts';
import { keyFileIn } from '../../store/encryption/key-file.ts';
import { availableMasterKey } from '../../store/encryption/master-keys.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** Looking through a larger store could take longer than a check may; a backup does that, too. */
const largestBytes = 512 * 2 ** 20;

/** Whether the file of the store is one of this release, and sound. */
export function checkEmbeddedStore({ storePath }: Config): Finding {
  if (!existsSync(storePath)) return ok('there is none yet; the first start makes it');
  const { size } = statSync(storePath);
  const { schema, known, fault } = inspectStore(storePath, size <= largestBytes ? 'all of it' : 'its head');
  if (schema > known) {
    return failed(
      `${storePath} is of a newer release (schema ${schema})`,
      'Start the release that wrote it, or a later one.',
    );
  }
  if (fault !== null && /unable to open|readonly/.test(fault)) {
    return failed(`${storePath} cannot be opened: ${fault}`, 'Run as the user of the gateway, who must own the files.');
  }
  if (fault !== null) return failed(`${storePath} is damaged: ${fault}`, 'Stop the gateway and restore a backup.');
  const facts = `schema ${schema}, ${Math.ceil(size / 2 ** 20)} MiB`;
  if (size > largestBytes) return ok(`${facts}; too large to be looked through here, which a backup does`);
  return ok(`${facts}, sound`);
}

const noStore = { fault: null, record: null };

/** Whether the master key of the store is at hand. */
export function checkMasterKey(config: Config): Finding {
  const { storePath, masterKey, dataDir } = config;
  const where = masterKey === undefined ? keyFileIn(dataDir) : 'MASTER_KEY';
  const { fault, record } = existsSync(storePath) ? inspectStore(storePath, 'its head') : noStore;
  if (fault !== null) {
    return warning(
      'which one the store is under cannot be told',
      'See to the store first; keep all keys that there are.',
    );
  }
  if (record === null) {
    return ok(masterKey === undefined ? `the first start makes ${where}` : 'MASTER_KEY is given');
  }
  try {
    const { id, master } = availableMasterKey(record, config);
    if (master !== null) return ok(`that of the store is in ${where} (id ${id}); keep a copy apart from the store`);
    return failed(
      `${where} is missing; the store is under the key with the id ${id}`,
      'Put it back, or set MASTER_KEY if that was set before.',
    );
  } catch (error) {
    if (error instanceof OperatorError) return failed(error.message, 'See "The master key" in docs/security.md.');
    throw error;
  }
}
