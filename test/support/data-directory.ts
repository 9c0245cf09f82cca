import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Capability } from '../../src/domain/access.ts';
import { apiKeys } from '../../src/store/api-keys.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

/** A temporary data directory of a gateway, removed when disposed of. */
export interface DataDirectory extends AsyncDisposable {
  readonly path: string;
  readonly storePath: string;
  /** Makes an api key in its store, as the `keys` command does. */
  newKey(organization: string, capabilities: readonly Capability[]): Promise<string>;
}

export async function temporaryDataDirectory(): Promise<DataDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'troupe-test-'));
  return { ...dataDirectory(path), [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** A data directory that somebody else removes. */
export function dataDirectory(path: string): Omit<DataDirectory, keyof AsyncDisposable> {
  const storePath = join(path, 'troupe.db');
  return {
    path,
    storePath,
    newKey: async (organization, capabilities) => {
      await using store = openSqliteStore({ path: storePath });
      const { token } = await apiKeys(store, Date.now).create({ organization, name: 'test', capabilities });
      return token;
    },
  };
}
