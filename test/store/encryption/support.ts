import { join } from 'node:path';
import { type Config, readConfig } from '../../../src/config.ts';
import type { Key } from '../../../src/store/contract.ts';
import { type OpenStoreOptions, openStore } from '../../../src/store/open-store.ts';
import { StoreFile } from '../../support/store/store-file.ts';
import { TemporaryFolder } from '../contract/sqlite-subject.ts';

/** A data directory for an encrypted store. */
export class SealedFolder extends TemporaryFolder {
  readonly dataDir = join(this.path, 'data');
  readonly storePath = join(this.dataDir, 'troupe.db');
  readonly keyFile = join(this.dataDir, 'master.key');
  readonly nextKeyFile = join(this.dataDir, 'master.key.next');
  readonly file = new StoreFile(this.storePath);
  /** The keys of what the store could not open. */
  readonly damaged: Key[] = [];
  /** The keys of what it has opened and what is of no known form. */
  readonly unknown: Key[] = [];
  /** The reports of files that could not be wiped. */
  readonly remains: string[] = [];

  config(settings: NodeJS.ProcessEnv = {}): Config {
    return readConfig({ DATA_DIR: this.dataDir, ...settings });
  }

  open(settings: NodeJS.ProcessEnv = {}, as: OpenStoreOptions['as'] = 'owner', now = Date.now) {
    return openStore(this.config(settings), {
      as,
      now,
      onUnreadable: (key, fault) => (fault === 'damaged' ? this.damaged : this.unknown).push(key),
      onRemains: (sentence) => this.remains.push(sentence),
    });
  }
}
