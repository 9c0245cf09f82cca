import { describe } from 'node:test';
import type { Store } from '../../../src/store/contract.ts';
import { describeCommits } from './commits.ts';
import { describeEntries } from './entries.ts';
import { describeExpiry } from './expiry.ts';
import { describeFollow } from './follow.ts';
import { describeLifetime } from './lifetime.ts';
import { describeLists } from './lists.ts';
import { describeLogs } from './logs.ts';
import { describeModel } from './model-based.ts';

export interface StoreUnderTest extends AsyncDisposable {
  /** The store that is open now; another one after `reopen`. */
  readonly store: Store;
  /** Disposes of the store and opens it again on the same data. */
  reopen(): Promise<void>;
}

/** Opens an empty store whose clock is `now`. Disposal of the subject also removes its data. */
export type OpenStore = (options: { now: () => number }) => Promise<StoreUnderTest>;

/** What every engine must do, whatever it stands on. */
export function storeContract(name: string, open: OpenStore): void {
  describe(`the storage contract on ${name}`, () => {
    describeEntries(open);
    describeCommits(open);
    describeLists(open);
    describeExpiry(open);
    describeLogs(open);
    describeFollow(open);
    describeLifetime(open);
    describeModel(open);
  });
}
