import { openSqliteStore } from '../../../../src/store/engine/sqlite/store.ts';
import { organization } from '../../../support/gateway/environment.ts';
import type { World } from '../../support/world.ts';
import type { Verdicts } from './verdicts.ts';

/** Judges that no received message is left to be recorded, in the store of a gateway that is not running. */
export async function judgeJournal({ directory }: Pick<World, 'directory'>, verdicts: Verdicts): Promise<void> {
  await using store = openSqliteStore({ path: directory.storePath });
  const left = await store.list([organization, 'inbound-journal'], { limit: 100 });
  verdicts.judge('no received message is left in the journal', left.length === 0, `${left.length} are`);
}
