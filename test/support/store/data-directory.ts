import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../src/config.ts';
import { unwrap } from '../../../src/domain/errors.ts';
import type { Capability } from '../../../src/domain/principal.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { openApiKeys } from '../../../src/store/records/api-keys/api-keys.ts';

/** A temporary data directory of a gateway, removed when disposed of. */
export interface DataDirectory extends AsyncDisposable {
  readonly path: string;
  readonly storePath: string;
  /** Makes an api key in its store, as the `keys` command does. */
  newKey(organization: string, capabilities: readonly Capability[]): Promise<string>;
}

/** `settings` are those of the gateway that runs on it. */
export async function temporaryDataDirectory(settings: NodeJS.ProcessEnv = {}): Promise<DataDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'troupe-test-'));
  return { ...dataDirectory(path, settings), [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** A data directory that somebody else removes. */
export function dataDirectory(
  path: string,
  settings: NodeJS.ProcessEnv = {},
): Omit<DataDirectory, keyof AsyncDisposable> {
  const config = readConfig({ ...settings, DATA_DIR: path });
  return {
    path,
    storePath: config.storePath,
    newKey: async (organization, capabilities) => {
      await using store = await openStore(config, { as: 'visitor' });
      const keys = await openApiKeys(store, Date.now);
      return unwrap(await keys.create({ organization, name: 'test', capabilities })).token;
    },
  };
}
