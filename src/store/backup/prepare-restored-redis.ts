import { OperatorError } from '../../domain/errors.ts';
import { keyCheckRecordKey } from '../encryption/key-check-record.ts';
import type { RedisPlace, StorePlace } from '../encryption/master-keys.ts';
import { openRedisStore } from '../engine/redis/store.ts';
import type { GatewayStore } from '../gateway-store.ts';
import { openStore } from '../open-store.ts';
import { nodesPrefix } from '../records/cluster/node-leases.ts';
import { eventLog } from '../records/event-log.ts';
import { sessions as sessionsOf } from '../records/sessions.ts';

/**
 * Makes a store fit for use that somebody has put back into Redis: what `restore` does to an embedded one. Doing it
 * twice, or after a kill half-way, does no harm. Rejects, with a sentence for the operator, when there is none, its
 * master key is not at hand, or a gateway runs on it.
 */
export async function prepareRestoredRedis(
  place: StorePlace,
  redis: RedisPlace,
  prepare: (store: GatewayStore) => Promise<void>,
): Promise<void> {
  await using engine = await openRedisStore(redis);
  if ((await engine.get(keyCheckRecordKey)) === null) throw new OperatorError(`There is no store ${place.storePath}.`);
  const [living] = await engine.list(nodesPrefix, { limit: 1 });
  if (living !== undefined) throw new OperatorError('A gateway runs on this Redis, or ran 10 s ago. Stop it first.');
  await using store = await openStore(place, { as: 'owner' });
  const organizations = new Set<string>();
  for await (const { organization } of sessionsOf(store).addresses()) organizations.add(organization);
  for (const organization of organizations) await engine.breakLog(eventLog(organization));
  await prepare(store);
}
