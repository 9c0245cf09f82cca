import { randomBytes } from 'node:crypto';
import { type SimulatorOptions, startSimulator } from '../../../simulator/simulator.ts';
import { readConfig } from '../../../src/config.ts';
import { capabilities } from '../../../src/domain/principal.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { Client } from '../../support/gateway/client.ts';
import { type GatewayProcess, startGatewayProcess } from '../../support/gateway/gateway-process.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import type { RedisSettings } from '../../support/redis/redis-source.ts';
import { temporaryDataDirectory } from '../../support/store/data-directory.ts';
import { organization, phoneOf, recipient } from './world.ts';

/** How many sessions are linked at the same time. */
const linkedAtOnce = 5;

/** One gateway of several, and a client that asks no other. */
export interface NodeProcess {
  readonly name: string;
  readonly gateway: GatewayProcess;
  readonly client: Client;
  /** Where it listens. */
  readonly url: string;
}

interface NodesOptions extends SimulatorOptions {
  /** Of the Redis; a durable one unless given. */
  readonly redis?: RedisSettings;
}

export type Nodes = Awaited<ReturnType<typeof startNodes>>;

const durable: RedisSettings = { appendonly: 'yes', appendfsync: 'always' };

/** A simulator and a Redis, and a way to start gateways on them that ends them afterwards; few prekeys, as in a `World`. */
export async function startNodes(settings: NodeJS.ProcessEnv = {}, options: NodesOptions = {}) {
  const { redis: redisSettings = durable, ...simulated } = options;
  await using owned = new AsyncDisposableStack();
  const simulator = owned.use(await startSimulator({ fewPreKeys: true, ...simulated }));
  simulator.addContact({ phone: recipient });
  const redis = owned.use(await startRedis(redisSettings));
  const shared = { REDIS_URL: redis.url, MASTER_KEY: randomBytes(32).toString('hex') };
  const directory = owned.use(await temporaryDataDirectory(shared));
  const token = await directory.newKey(organization, capabilities);
  const store = owned.use(await openStore(readConfig({ ...shared, DATA_DIR: directory.path }), { as: 'visitor' }));
  const whatsapp = { WHATSAPP_URL: simulator.url, WHATSAPP_ROOT_KEY: simulator.rootKey };
  const resources = owned.move();
  const start = async (name: string, changed: NodeJS.ProcessEnv = {}): Promise<NodeProcess> => {
    const environment = { DATA_DIR: directory.path, NODE_ID: name, ...whatsapp, ...shared, ...settings, ...changed };
    const gateway = await startGatewayProcess(environment);
    resources.defer(async () => void (await gateway.end('SIGKILL')));
    return { name, gateway, client: new Client(() => gateway.url, token), url: gateway.url };
  };
  return {
    simulator,
    redis,
    /** What the nodes have stored; only to be looked at. */
    store,
    /** Starts a gateway under that name. */
    start,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Links so many sessions by way of a node, which owns them then, with `phoneOf` as their numbers; in that order. */
export async function linkThrough(
  { client }: NodeProcess,
  { simulator }: Pick<Nodes, 'simulator'>,
  count: number,
): Promise<string[]> {
  const sessions: string[] = [];
  for (let first = 0; first < count; first += linkedAtOnce) {
    const batch = Array.from({ length: Math.min(linkedAtOnce, count - first) }, (_, index) => phoneOf(first + index));
    sessions.push(...(await Promise.all(batch.map((phone) => client.linked(simulator, phone)))));
  }
  return sessions;
}
