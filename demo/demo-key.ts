import type { Config } from '../src/config.ts';
import { unwrap } from '../src/domain/errors.ts';
import { openStore } from '../src/store/open-store.ts';
import { openApiKeys } from '../src/store/records/api-keys/api-keys.ts';

/** The organization of the demo. */
export const organization = 'demo';

/** Creates an api key with all capabilities, as the `keys` command does. */
export async function newDemoKey(config: Config): Promise<string> {
  await using store = await openStore(config, { as: 'visitor' });
  const capabilities = ['read', 'send', 'manage'] as const;
  const keys = await openApiKeys(store, Date.now);
  return unwrap(await keys.create({ organization, name: 'demo', capabilities })).token;
}
