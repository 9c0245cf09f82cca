import { OperatorError } from '../../domain/errors.ts';
import { keyCheckRecordKey } from '../encryption/key-check-record.ts';
import type { RedisPlace, StorePlace } from '../encryption/master-keys.ts';
import type { GatewayStore } from '../gateway-store.ts';
import { openStore } from '../open-store.ts';
import { nodesPrefix } from '../records/cluster/node-leases.ts';
import { eventLog } from '../records/event-log.ts';
import { sessions as sessionsOf } from '../records/sessions/sessions.ts';

/**
 * Prepares a Redis dataset that was restored by hand, as `restore` does for an embedded store. It may be repeated, also
 * after a kill. Rejects with an `OperatorError` when there is no store, its master key is not available, or a gateway
 * runs on it.
 */
export async function prepareRestoredRedis(
  place: StorePlace,
  redis: RedisPlace,
  prepare: (store: GatewayStore) => Promise<void>,
): Promise<void> {
  const { openRedisStore } = await import('../engine/redis/store.ts');
  await using engine = await openRedisStore(redis);
  if ((await engine.get(keyCheckRecordKey)) === null) throw new OperatorError(`There is no store ${place.storePath}.`);
  const [living] = await engine.list(nodesPrefix, { limit: 1 });
  if (living !== undefined)
    throw new OperatorError('A gateway runs on this Redis, or ran less than 10 s ago. Stop it first.');
  await using store = await openStore(place, { as: 'owner' });
  const organizations = new Set<string>();
  for await (const { organization } of sessionsOf(store).addresses()) organizations.add(organization);
  for (const organization of organizations) await engine.breakLog(eventLog(organization));
  await prepare(store);
}
